-- KEYS: as everywhere, and the source. ARGV: type of the source (list, set, zset), seconds to keep fingerprints, then of
-- each message: the message, 'ok' or the reason why it cannot be used, and what enqueue takes
-- Queues messages, or buries those that cannot be used, and only then takes them out of the source. A message that is
-- not there any more was taken by another worker. What a person pushes is fetched, also when the run has seen it; from
-- then on the run has. Returns how many were queued, buried.
local source, kind = KEYS[15], ARGV[1]
local queued, buried = 0, 0

local function is_there(message)
  if kind == 'list' then return call('LPOS', source, message) end
  if kind == 'set' then return call('SISMEMBER', source, message) == 1 end
  return call('ZSCORE', source, message)
end

local function take(message)
  if kind == 'list' then call('LREM', source, 1, message)
  elseif kind == 'set' then call('SREM', source, message)
  else call('ZREM', source, message) end
end

for i = 3, #ARGV, 7 do
  local message, verdict = ARGV[i], ARGV[i + 1]
  if is_there(message) then
    if verdict ~= 'ok' then
      call('ZADD', DEAD_TIMES, now_ms(), ARGV[i + 2])
      call('HSET', DEAD, ARGV[i + 2], verdict .. '||' .. message)
      buried = buried + 1
    elseif add(ARGV[i + 2], '', ARGV[i + 4], ARGV[i + 5], ARGV[i + 6]) == 1 then
      see(ARGV[i + 3])
      queued = queued + 1
    end
    take(message)
  end
end
keep_fingerprints(ARGV[2])
return {queued, buried}
