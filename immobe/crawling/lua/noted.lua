-- ARGV: id, ms when it died, of dead letters that PostgreSQL knows of by now
-- One that was queued again and died once more meanwhile is left for the next time.
for i = 1, #ARGV, 2 do
  local died = call('ZSCORE', DEAD_TIMES, ARGV[i])
  if not died or tonumber(died) == tonumber(ARGV[i + 1]) then call('SREM', UNNOTED, ARGV[i]) end
end
return 1
