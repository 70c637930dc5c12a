-- ARGV: ids of dead letters
-- Ready again with no attempts counted; returns which are. A start URL that could not be read (no score) stays.
local requeued = {}
for _, id in ipairs(ARGV) do
  local letter = call('HGET', DEAD, id)
  local stored = letter and string.sub(letter, string.find(letter, '|', 1, true) + 1)
  if stored and string.sub(stored, 1, 1) ~= '|' then
    note_search(id, score_of(stored))
    call('HSETNX', DATA, id, stored)
    revive(id, stored)
    requeued[#requeued + 1] = id
  end
end
return requeued
