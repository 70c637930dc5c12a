-- ARGV: ids of dead letters; returns how many there were
local dropped = 0
for _, id in ipairs(ARGV) do
  dropped = dropped + call('HDEL', DEAD, id)
  call('ZREM', DEAD_TIMES, id)
end
return dropped
