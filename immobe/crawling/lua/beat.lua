-- ARGV: owner, lease_ms, 1 when the owner takes search pages, ids
-- Renews the owner's leases and returns the ids that are not the owner's any more.
local owner, now = ARGV[1], now_ms()
local until_ms = now + tonumber(ARGV[2])
local lost = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  if call('HGET', OWNERS, id) == owner and call('ZSCORE', LEASES, id) then
    call('ZADD', LEASES, 'XX', until_ms, id)
  else
    lost[#lost + 1] = id
  end
end
call('ZADD', WORKERS, now, owner)
call('ZREMRANGEBYSCORE', WORKERS, '-inf', now - 3600000)
if ARGV[3] == '1' then call('ZADD', SCOUTS, until_ms, owner) end
call('ZREMRANGEBYSCORE', SCOUTS, '-inf', now)
return lost
