-- Forgets a person but for how far the log has come and which tokens are refused. Answers the scopes' ids that were known.
local head = readHead()
settleExpired(head)
readEntries(head)
for _, entry in ipairs(entries) do letGo(head, entry, false) end
entries = {}
saveEntries(head)
readScopes(head)
local known = {}
for i, scope in ipairs(scopes) do known[i] = scope.id end
head[SCOPES], head[BINDS], head[GAP] = '', '[]', SEQ_ZERO
saveHead(head)
return known
