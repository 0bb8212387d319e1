-- Advance, every other case: moves a scope's cursor forward. Answers what the scope passed by it.
readEntries(head)
readScopes(head)
sweep(head)
local top = topOf(head)
local cursor = ARGV[4] < top and ARGV[4] or top
local scope = findScope(ARGV[2])
if scope and cursor <= scope.cursor then return '' end
scope = scope or admit(newScope(ARGV[2], ARGV[3]))
local passed = moveCursor(scope, cursor)
scope.used = NOW
markPassed()
saveEntries(head)
saveScopes(head)
saveHead(head)
return passed
