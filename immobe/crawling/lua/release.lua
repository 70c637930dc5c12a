-- ARGV: owner, 1 when the owner leaves for good, ids
-- Puts the owner's requests back as they were; returns how many.
local owner, released = ARGV[1], 0
for i = 3, #ARGV do
  local id = ARGV[i]
  if call('HGET', OWNERS, id) == owner then
    local stored = call('HGET', DATA, id)
    if stored then
      call('ZADD', READY, score_of(stored), id)
      released = released + 1
    end
    end_lease(id)
  end
end
if ARGV[2] == '1' then
  call('ZREM', WORKERS, owner)
  call('ZREM', SCOUTS, owner)
end
return released
