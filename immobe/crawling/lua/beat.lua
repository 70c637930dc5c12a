-- ARGV: owner, lease_ms, ids
-- Renews the owner's leases and returns the ids that are not the owner's any more.
local owner, now = ARGV[1], now_ms()
local lost = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  if call('HGET', OWNERS, id) == owner and call('ZSCORE', LEASES, id) then
    call('ZADD', LEASES, 'XX', now + tonumber(ARGV[2]), id)
  else
    lost[#lost + 1] = id
  end
end
call('ZADD', WORKERS, now, owner)
call('ZREMRANGEBYSCORE', WORKERS, '-inf', now - 3600000)
return lost
