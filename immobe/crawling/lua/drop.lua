-- ARGV: ids of dead letters; returns those that there were
local dropped = {}
for _, id in ipairs(ARGV) do
  if call('HDEL', DEAD, id) == 1 then dropped[#dropped + 1] = id end
  call('ZREM', DEAD_TIMES, id)
end
return dropped
