-- KEYS: as everywhere, and the hash of runs. ARGV: scope, run id
-- The scope's next start is a new run. Returns 1, or 0 when the scope has another run by now.
if call('HGET', KEYS[13], ARGV[1]) ~= ARGV[2] then return 0 end
return call('HDEL', KEYS[13], ARGV[1])
