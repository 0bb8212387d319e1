-- Bind, every other case: records where a session is bound and answers where it starts to read.
local function isSince(entry)
  return since and tonumber(string.sub(entry.id, 1, 12), 16) >= since
end

local function takenByOthers(entry)
  if entry.passed ~= NEVER then return true end
  for _, scope in ipairs(scopes) do
    if scope.id ~= scopeId and addresses(entry, scope) and (scope.cursor >= entry.seq or scope.skip[entry.seq]) then
      return true
    end
  end
  return false
end

-- A scope seen for the first time gets what is held, addresses it, and no other addressed scope has passed; what was created
-- since a LOGIN that could not be recorded then it gets in any case. Its cursor is the longest prefix without anything for it.
local function firstSight(scope)
  local isTaken = function(entry) return not isSince(entry) and takenByOthers(entry) end
  local first
  for i, entry in ipairs(entries) do
    if not first then
      if isFor(entry, scope) and not isTaken(entry) then
        first = i
        scope.cursor = prevOf(head, i, entry.seq)
      end
    elseif isTaken(entry) then
      scope.skips[#scope.skips + 1] = entry.seq
      scope.skip[entry.seq] = true
    end
  end
  if not first then scope.cursor = topOf(head) end
end

-- A first bind starts at its scope's cursor, or before the first entry since a LOGIN that could not be recorded then.
local function startOf(scope)
  if not since then return scope.cursor end
  for i, entry in ipairs(entries) do
    if isSince(entry) and isFor(entry, scope) then
      return entry.seq > scope.cursor and scope.cursor or prevOf(head, i, entry.seq)
    end
  end
  return scope.cursor
end

readEntries(head)
readScopes(head)
sweep(head)
head[BINDS] = recordBind()
local cursor = believed(topOf(head))
local scope = findScope(scopeId)
if not scope then
  scope = newScope(scopeId, platform)
  -- A client that brings a cursor was seen before, like a session that was attached: its scope was lost.
  if not isRepeat and cursor == SEQ_ZERO then firstSight(scope) end
  admit(scope)
end
local passed = moveCursor(scope, cursor)
scope.platform = platform
scope.used = NOW
markPassed()

local start = isRepeat and enqueued or startOf(scope)
local isBehind = false
for i = #entries, 1, -1 do
  local entry = entries[i]
  if isBehind or entry.seq <= start then break end
  isBehind = isFor(entry, scope)
end
local top = topOf(head)
saveEntries(head)
saveScopes(head)
saveHead(head)
return answerOf(start, isBehind, top, passed)
