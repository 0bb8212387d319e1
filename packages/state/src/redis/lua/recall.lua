-- Takes a message back from those who have not passed it. ARGV[2]: message id. Answers 1 when there was something to take.
local head = readHead()
local isSettled = settleExpired(head)
readEntries(head)
sweep(head)
local kept, recalled = {}, 0
for _, entry in ipairs(entries) do
  if entry.id == ARGV[2] and entry.passed == NEVER then
    letGo(head, entry, false)
    recalled = 1
  else
    kept[#kept + 1] = entry
  end
end
entries = kept
saveEntries(head)
if isSettled or entriesChanged then saveHead(head) end
return recalled
