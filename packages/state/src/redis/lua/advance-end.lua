-- Advance, the common case: the scope moves over the last few entries, and what it passes depends on nothing else. Any doubt is left
-- to the whole rules behind this file, before anything is written.
-- ARGV[2..]: scope, platform, cursor.
local head = readHead()

-- The scope, if every scope is in use and skips nothing: then only entries it moves over can change.
local function calmScope(all)
  local found
  for _, scope in ipairs(all) do
    if NOW - scope.used >= SCOPE_IDLE_MS or #scope.skips > 0 then return nil end
    if scope.id == ARGV[2] then found = scope end
  end
  return found
end

-- True when no other scope waits for the entry.
local function isPassedByAll(all, seq)
  for _, scope in ipairs(all) do
    if scope.id ~= ARGV[2] and scope.cursor < seq then return false end
  end
  return true
end

-- What it passes: sequences and ids in a row, and the places of records to mark; nil when there is a doubt.
local function passedAtEnd(all, from, to)
  local tail = redis.call('GETRANGE', RECORDS, -math.min(TAIL_MAX, head[COUNT]) * RECORD_SIZE, -1)
  local places, passed, isOpenMarked = {}, {}, false
  local count = #tail / RECORD_SIZE
  if count == 0 then return nil end
  for i = 1, count do
    local seq, id, _, expires, passedAt, more = struct.unpack(RECORD_FORMAT, tail, (i - 1) * RECORD_SIZE + 1)
    if i == 1 and seq > from and count < head[COUNT] then return nil end
    if seq > from and seq <= to then
      if more == '1' or passedAt ~= NEVER or expires <= NOW_TEXT then return nil end
      passed[#passed + 1] = seq .. id
      if isPassedByAll(all, seq) then
        places[#places + 1] = (head[START] + head[COUNT] - count + i - 1) * RECORD_SIZE + PASSED_AT
        isOpenMarked = isOpenMarked or seq == head[OPEN]
      end
    end
  end
  if isOpenMarked and #places < head[UNPASSED] then return nil end
  return table.concat(passed), places
end

local function advanceAtEnd()
  if head[COUNT] == 0 or head[TWINS] == 1 or head[DUE] + HOLD_MS / 2 <= NOW then return nil end
  local all = cmsgpack.unpack(head[SCOPES] == '' and '\144' or head[SCOPES])
  local scope = calmScope(all)
  if not scope then return nil end
  local top = later(head[FLOOR], head[LAST])
  local cursor = ARGV[4] < top and ARGV[4] or top
  if cursor <= scope.cursor then return '' end
  local passed, places = passedAtEnd(all, scope.cursor, cursor)
  if not passed then return nil end
  for _, place in ipairs(places) do redis.call('SETRANGE', RECORDS, place, NOW_TEXT) end
  scope.cursor, scope.used = cursor, NOW
  head[SCOPES] = cmsgpack.pack(all)
  if #places > 0 then
    head[UNPASSED] = head[UNPASSED] - #places
    head[DUE] = math.min(head[DUE], NOW + HOLD_MS)
    if head[UNPASSED] == 0 then
      head[OPEN] = ''
      keepEntriesUntil(head, NOW + HOLD_MS)
    end
  end
  saveHead(head)
  return passed
end

local quick = advanceAtEnd()
if quick then return quick end
