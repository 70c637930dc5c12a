-- ARGV: owner, lease_ms, then id, score, payload of each request
-- After Redis came back empty: the requests that a worker still holds exist again, leased to it. Returns how many.
local owner, until_ms, held = ARGV[1], now_ms() + tonumber(ARGV[2]), 0
for i = 3, #ARGV, 3 do
  local id = ARGV[i]
  note_search(id, ARGV[i + 1])
  if call('HSETNX', DATA, id, ARGV[i + 1] .. '|' .. ARGV[i + 2]) == 1 then
    call('HSET', OWNERS, id, owner)
    call('ZADD', LEASES, until_ms, id)
    held = held + 1
  end
end
return held
