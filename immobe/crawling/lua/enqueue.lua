-- ARGV: seconds to keep fingerprints, then id, fingerprint or '', score, payload, delay_ms of each request
-- Returns 1 or 0 (seen before) for each.
local added = {}
for i = 2, #ARGV, 5 do
  added[#added + 1] = add(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
end
keep_fingerprints(ARGV[1])
return added
