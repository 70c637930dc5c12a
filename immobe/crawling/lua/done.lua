-- ARGV: owner, epoch the owner knows, seconds to keep fingerprints, then of each request
--   id, verdict, delay_ms, reason, number of children, and of each child what enqueue takes.
-- Verdicts: A accepted, R retry after the delay, D dead letter, G given back: this version cannot read it.
-- Returns children added, children seen before, requests that were not the owner's any more.
--
-- Children first: any prefix leaves the parent to be done again, or all its children queued. Children of a request that
-- is not the owner's any more are still added, for they were found; but those without a fingerprint only if nobody else
-- brings them: the request was buried meanwhile, or Redis lost its data. Else this answers a repeated call.
local owner, epoch = ARGV[1], ARGV[2]
local same_epoch = (call('GET', EPOCH) or '') == epoch
local fresh, seen, stale = 0, 0, 0
local p = 4

while p <= #ARGV do
  local id, verdict, delay_ms, reason, children = ARGV[p], ARGV[p + 1], tonumber(ARGV[p + 2]), ARGV[p + 3], tonumber(ARGV[p + 4])
  p = p + 5
  local ours = call('HGET', OWNERS, id) == owner
  local all_children = ours or not same_epoch or (children > 0 and call('HEXISTS', DEAD, id) == 1)
  for _ = 1, children do
    if (all_children or ARGV[p + 1] ~= '') and add(ARGV[p], ARGV[p + 1], ARGV[p + 2], ARGV[p + 3], ARGV[p + 4]) == 1 then
      fresh = fresh + 1
    else
      seen = seen + 1
    end
    p = p + 5
  end
  local stored = ours and (verdict == 'A' or call('HGET', DATA, id))
  if not ours then
    stale = stale + 1
  elseif verdict == 'A' then
    forget(id)
  elseif stored and verdict == 'D' then
    bury(id, stored, reason)
  elseif stored then
    if verdict == 'R' then call('HINCRBY', TRIES, id, 1) end
    call('ZADD', DELAYED, now_ms() + delay_ms, id)
  end
  if ours then end_lease(id) end
end
keep_fingerprints(ARGV[3])
return {fresh, seen, stale}
