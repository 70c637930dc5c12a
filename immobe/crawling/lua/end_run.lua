-- KEYS: as everywhere, and the hash of runs. ARGV: scope, run id
-- The scope's next start is a new run. Returns 1, or 0 when the scope has another run by now. When no request exists at
-- all, no run lives: those of workers that died, whose pages others have done, end too.
local ended = 0
if call('HGET', KEYS[15], ARGV[1]) == ARGV[2] then ended = call('HDEL', KEYS[15], ARGV[1]) end
if call('HLEN', DATA) == 0 then call('DEL', KEYS[15]) end
return ended
