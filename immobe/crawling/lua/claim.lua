-- ARGV: owner, how many (0: only look), lease_ms, max_attempts, lowest score, highest score, most bytes of payload
-- Returns epoch or '', requests that exist, search pages that exist, leases that had expired, requests buried for it,
-- and a list of id, attempts, `score|payload` of each claimed request.
local owner, wanted, lease_ms, max_attempts = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now = now_ms()
local expired, buried = 0, 0

for _, id in ipairs(call('ZRANGE', LEASES, '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
  local stored = call('HGET', DATA, id)
  if stored then
    expired = expired + 1
    local attempts = call('HINCRBY', TRIES, id, 1)
    if attempts >= max_attempts then
      bury(id, stored, 'lease expired ' .. attempts .. ' times')
      buried = buried + 1
    else
      revive(id, stored)
    end
  end
  end_lease(id)
end

for _, id in ipairs(call('ZRANGE', DELAYED, '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
  local stored = call('HGET', DATA, id)
  if stored then revive(id, stored) end
  call('ZREM', DELAYED, id)
end

local claimed, bytes, most = {}, 0, tonumber(ARGV[7])
local ids = wanted > 0 and call('ZRANGE', READY, ARGV[5], ARGV[6], 'BYSCORE', 'LIMIT', 0, wanted) or {}
if #ids > 0 then
  local data = call('HMGET', DATA, unpack(ids))
  local tries = call('HLEN', TRIES) > 0 and call('HMGET', TRIES, unpack(ids)) or {}
  local owners, leases, leaving = {}, {}, {}
  for i, id in ipairs(ids) do
    local stored = data[i]
    if stored then
      bytes = bytes + #stored
      if bytes > most and #claimed > 0 then break end
      owners[#owners + 1], owners[#owners + 2] = id, owner
      leases[#leases + 1], leases[#leases + 2] = now + lease_ms, id
      claimed[#claimed + 1], claimed[#claimed + 2], claimed[#claimed + 3] = id, tries[i] or 0, stored
    end
    leaving[#leaving + 1] = id
  end
  if #owners > 0 then
    call('HSET', OWNERS, unpack(owners))
    call('ZADD', LEASES, unpack(leases))
  end
  call('ZREM', READY, unpack(leaving))
end

local exist = call('HLEN', DATA)
if exist == 0 then
  -- Nothing exists, so what these hold is left from a torn write; deleting what is not there costs and writes nothing.
  call('DEL', READY, LEASES, OWNERS, TRIES, DELAYED, SEARCHES)
end
return {call('GET', EPOCH) or '', exist, call('SCARD', SEARCHES), expired, buried, claimed}
