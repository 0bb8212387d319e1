-- Bind: records where a session is bound and answers where it starts to read.
-- ARGV[2..]: node, incarnation, ring version, serial or '', scope, platform, repeat ('1'), enqueued, cursor, issued_at, since or ''.
local node, incarnation, ringVersion, serial = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local scopeId, platform, isRepeat, enqueued = ARGV[6], ARGV[7], ARGV[8] == '1', ARGV[9]
local asked, issuedAt, since = ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12])

local head = readHead()
if issuedAt > 0 and issuedAt < head[REVOKED] then return { '1', SEQ_ZERO, '0', '1', head[BINDS], '' } end

-- cjson writes an empty list as an object.
local function bindsText(binds)
  return #binds == 0 and '[]' or cjson.encode(binds)
end

local function recordBind()
  local binds = cjson.decode(head[BINDS])
  for _, bind in ipairs(binds) do
    if bind.node == node and bind.incarnation == incarnation then
      bind.ring_version = math.max(bind.ring_version, ringVersion)
      if serial then bind.serial = math.max(bind.serial or 0, serial) end
      return bindsText(binds)
    end
  end
  binds[#binds + 1] = { node = node, incarnation = incarnation, ring_version = ringVersion, serial = serial }
  if #binds > BINDS_MAX then
    local oldest = 1
    for i, bind in ipairs(binds) do
      if bind.ring_version < binds[oldest].ring_version then oldest = i end
    end
    table.remove(binds, oldest)
  end
  return bindsText(binds)
end

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

-- The cursor as far as it is believed: a session never acknowledged more than it was sent, a client never more than there is.
local function believed()
  local top = topOf(head)
  if not isRepeat then return asked > top and SEQ_ZERO or asked end
  local cursor = asked < enqueued and asked or enqueued
  return cursor < top and cursor or top
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
local cursor = believed()
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
local known = isRepeat and enqueued or asked
local isBehind = false
for i = #entries, 1, -1 do
  local entry = entries[i]
  if isBehind or entry.seq <= start then break end
  isBehind = isFor(entry, scope)
end
local resumed = head[GAP] <= (known == SEQ_ZERO and start or known)
local from = isBehind and start or later(start, topOf(head))
saveEntries(head)
saveScopes(head)
saveHead(head)
return { '0', from, isBehind and '1' or '0', resumed and '1' or '0', head[BINDS], passed }
