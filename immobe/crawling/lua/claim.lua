-- ARGV: owner, how many (0: only look), lease_ms, max_attempts, lowest score, highest score, most bytes of payload,
--   how many requests on their last chance
-- Returns epoch or '', requests that exist, search pages that exist, workers that live and take search pages, dead letters
-- that PostgreSQL does not know of, leases that had expired, requests buried for it, and a list of id, tries,
-- `score|payload` of each claimed request.
--
-- A request that kills workers takes its neighbours' leases with it. So a worker holds at most one request that the next
-- expired lease would bury: the killer is buried, its neighbours get another chance.
local owner, wanted, lease_ms, max_attempts = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now = now_ms()
local expired, buried = 0, 0

for _, id in ipairs(call('ZRANGE', LEASES, '-inf', now, 'BYSCORE', 'LIMIT', 0, 64)) do
  local stored = call('HGET', DATA, id)
  if stored then
    expired = expired + 1
    local deaths = math.floor(call('HINCRBY', TRIES, id, DEATH) / DEATH)
    if deaths >= max_attempts then
      bury(id, stored, 'lease expired ' .. deaths .. ' times')
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

local claimed, bytes, most_bytes, last_chances = {}, 0, tonumber(ARGV[7]), tonumber(ARGV[8])
local any_tries = call('HLEN', TRIES) > 0
local look_at = wanted > 0 and any_tries and wanted + 64 or wanted -- some may have to stay
local ids = wanted > 0 and call('ZRANGE', READY, ARGV[5], ARGV[6], 'BYSCORE', 'LIMIT', 0, look_at) or {}
if #ids > 0 then
  local data = call('HMGET', DATA, unpack(ids))
  local tries = any_tries and call('HMGET', TRIES, unpack(ids)) or {}
  local owners, leases, leaving = {}, {}, {}
  for i, id in ipairs(ids) do
    local stored = data[i]
    local last_chance = tonumber(tries[i] or 0) >= (max_attempts - 1) * DEATH and max_attempts > 1
    if not stored then
      leaving[#leaving + 1] = id -- left from a torn write
    elseif not last_chance or last_chances > 0 then
      bytes = bytes + #stored
      if #claimed > 0 and (bytes > most_bytes or #claimed == 3 * wanted) then break end
      if last_chance then last_chances = last_chances - 1 end
      owners[#owners + 1], owners[#owners + 2] = id, owner
      leases[#leases + 1], leases[#leases + 2] = now + lease_ms, id
      claimed[#claimed + 1], claimed[#claimed + 2], claimed[#claimed + 3] = id, tries[i] or 0, stored
      leaving[#leaving + 1] = id
    end
  end
  if #owners > 0 then
    call('HSET', OWNERS, unpack(owners))
    call('ZADD', LEASES, unpack(leases))
  end
  if #leaving > 0 then call('ZREM', READY, unpack(leaving)) end
end

local exist = call('HLEN', DATA)
if exist == 0 then
  -- Nothing exists, so what these hold is left from a torn write; deleting what is not there costs and writes nothing.
  call('DEL', READY, LEASES, OWNERS, TRIES, DELAYED, SEARCHES)
end
local scouts = call('ZCOUNT', SCOUTS, '(' .. now, '+inf')
return {call('GET', EPOCH) or '', exist, call('SCARD', SEARCHES), scouts, call('SCARD', UNNOTED), expired, buried, claimed}
