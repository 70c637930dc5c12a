-- KEYS: as everywhere, and the hash of runs. ARGV: scope, new run id, 1 when the run is one of search pages only,
-- seconds to keep fingerprints, then what enqueue takes of each seed
-- Joins the scope's run, if it has one and its pages exist; else queues the seeds, then notes the new run: cut off
-- before that, the next start does it again. Returns the run's id, and 1 when it is new.
local runs, scope = KEYS[15], ARGV[1]
local run = call('HGET', runs, scope)
local pages = ARGV[3] == '1' and call('SCARD', SEARCHES) or call('HLEN', DATA)
if run and pages > 0 then return {run, 0} end
for i = 5, #ARGV, 5 do
  add(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
end
keep_fingerprints(ARGV[4])
call('HSET', runs, scope, ARGV[2])
return {ARGV[2], 1}
