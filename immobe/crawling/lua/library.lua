-- Put before every script. The rule for all of them: cut off after any of its writes (a torn append-only file does
-- that), a script leaves each request where SWEEP or CLAIM finds it. So: write the new place first, leave the old last.
local READY, DATA, LEASES, OWNERS, TRIES, DELAYED, DEAD, DEAD_TIMES, SEARCHES, SEEN, EPOCH, WORKERS, UNNOTED, SCOUTS =
  unpack(KEYS)
local LAST_SEARCH_SCORE = -50 -- search pages have this score or a lower one, listing pages a higher one
local DEATH = 1000 -- TRIES counts a retry as 1, and an expired lease, for which a worker mostly died, as this
local call = redis.call

local function now_ms()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- DATA holds `score|payload`. The request exists exactly as long as this entry does.
local function score_of(stored)
  return string.sub(stored, 1, string.find(stored, '|', 1, true) - 1)
end

-- Notes that a search page exists; before DATA says so, because an entry too many is harmless (SWEEP drops it).
local function note_search(id, score)
  if tonumber(score) <= LAST_SEARCH_SCORE then call('SADD', SEARCHES, id) end
end

local fingerprints_added = false

local function see(fingerprint)
  if fingerprint == '' then return end
  call('SADD', SEEN, fingerprint)
  fingerprints_added = true
end

-- Queues a request unless its fingerprint was seen or its id exists. "Seen" comes last: a URL is never seen but unqueued.
local function add(id, fingerprint, score, payload, delay_ms)
  if fingerprint ~= '' and call('SISMEMBER', SEEN, fingerprint) == 1 then return 0 end
  note_search(id, score)
  if call('HSETNX', DATA, id, score .. '|' .. payload) == 0 then return 0 end
  if tonumber(delay_ms) > 0 then
    call('ZADD', DELAYED, now_ms() + tonumber(delay_ms), id)
  else
    call('ZADD', READY, score, id)
  end
  see(fingerprint)
  return 1
end

local function keep_fingerprints(seconds)
  if fingerprints_added then call('EXPIRE', SEEN, seconds) end
end

local function end_lease(id)
  call('ZREM', LEASES, id)
  call('HDEL', OWNERS, id)
end

-- The request is done with. DATA first: whoever finds the id elsewhere sees that it is gone.
local function forget(id)
  call('HDEL', DATA, id)
  call('HDEL', TRIES, id)
  call('SREM', SEARCHES, id)
end

-- PostgreSQL shall hear of it: UNNOTED first, so that no letter is forgotten. An id too many there is harmless.
local function bury(id, stored, reason)
  call('SADD', UNNOTED, id)
  call('ZADD', DEAD_TIMES, now_ms(), id)
  call('HSET', DEAD, id, reason .. '|' .. stored)
  forget(id)
end

-- Back among the ready. What lives is not dead: a burial may have been cut off half way.
local function revive(id, stored)
  call('ZADD', READY, score_of(stored), id)
  call('HDEL', DEAD, id)
  call('ZREM', DEAD_TIMES, id)
end
