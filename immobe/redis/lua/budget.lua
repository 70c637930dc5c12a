-- A token bucket that hands out moments instead of tokens: each caller learns when it may send.
-- KEYS[1] the domain's bucket
-- ARGV    base, highest interval, burst, look-ahead; then reports: latency sum, latency count, successes,
--         slow-downs (0/1), pause; then one jitter (0..1) for every moment wanted. All times in microseconds.
-- Returns now, interval, start of the next free moment, and the moments granted (fewer than wanted beyond the look-ahead).
local function whole(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local base, highest, burst, ahead = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local latencies, latency_count, successes = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local slow, pause = ARGV[8] == '1', tonumber(ARGV[9])
local stored = redis.call('HMGET', KEYS[1], 'next', 'interval', 'latency', 'slowed')
local free, interval = tonumber(stored[1] or 0), tonumber(stored[2] or base)
local latency, slowed = tonumber(stored[3] or 0), tonumber(stored[4] or 0)

if latency_count > 0 then
  local mean = latencies / latency_count
  latency = latency == 0 and mean or latency + (mean - latency) * (1 - 0.8 ^ latency_count)
end
-- Successes bring the interval down slowly; a slow-down doubles it, once for all that was granted before it.
interval = interval * 0.98 ^ successes
if slow and now - slowed > ahead + 2 * latency then
  interval, slowed = 2 * math.max(interval, base), now
end
-- Never faster than configured, nor than one answer at a time.
interval = math.min(math.max(interval, base, latency), math.max(base, highest))
free = math.max(free, now - (burst - 1) * interval)
if pause > 0 then free = math.max(free, now + pause) end

local reply = {0, 0, 0}
for i = 10, #ARGV do
  local moment = math.max(free, now)
  if moment - now > ahead then break end
  reply[#reply + 1] = moment
  free = free + interval * (1 + tonumber(ARGV[i]))
end
redis.call('HSET', KEYS[1], 'next', whole(free), 'interval', whole(interval), 'latency', whole(latency),
  'slowed', whole(slowed))
redis.call('PEXPIRE', KEYS[1], math.floor(86400000 + math.max(0, free - now) / 1000))
reply[1], reply[2], reply[3] = now, interval, math.max(free, now)
return reply
