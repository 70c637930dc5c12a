-- ARGV: cursor over requests or 'end', cursor over search pages or 'end', how many to look at
-- Requests that wait nowhere are ready again; notes of search pages without a request go. Returns both next cursors
-- ('end' after the last) and how many requests were mended.
local function following(cursor)
  return cursor == '0' and 'end' or cursor
end

local next_request, next_search, mended = 'end', 'end', 0
if ARGV[1] ~= 'end' then
  local found = call('HSCAN', DATA, ARGV[1], 'COUNT', ARGV[3])
  next_request = following(found[1])
  for i = 1, #found[2], 2 do
    local id, stored = found[2][i], found[2][i + 1]
    if not (call('ZSCORE', READY, id) or call('ZSCORE', LEASES, id) or call('ZSCORE', DELAYED, id)) then
      note_search(id, score_of(stored))
      revive(id, stored)
      mended = mended + 1
    end
  end
end
if ARGV[2] ~= 'end' then
  local found = call('SSCAN', SEARCHES, ARGV[2], 'COUNT', ARGV[3])
  next_search = following(found[1])
  for _, id in ipairs(found[2]) do
    if call('HEXISTS', DATA, id) == 0 then call('SREM', SEARCHES, id) end
  end
end
return {next_request, next_search, mended}
