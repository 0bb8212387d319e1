-- The entries of an inbox in memory: read, looked through, and written back when they changed.
local entries
local entriesChanged = false
local removed = {}

-- Calls a command on a hash with many fields, some hundred at a time.
local function withFields(command, fields, each)
  for first = 1, #fields, 500 do
    local last = math.min(first + 499, #fields)
    local reply = redis.call(command, BODIES, unpack(fields, first, last))
    if each then
      for i = first, last do each(i, reply[i - first + 1]) end
    end
  end
end

-- Reads all entries, or those past a sequence.
local function readEntries(head, past)
  entries = {}
  if settleExpired(head) or head[COUNT] == 0 then return end
  local records = redis.call('GET', RECORDS)
  local oldest = head[START] * RECORD_SIZE + 1
  local first = past and #records + 1 or oldest
  while first > oldest and string.sub(records, first - RECORD_SIZE, first - RECORD_SIZE + 21) > past do
    first = first - RECORD_SIZE
  end
  local extras, owners = {}, {}
  for at = first, #records, RECORD_SIZE do
    local seq, id, bytes, expires, passed, more = struct.unpack(RECORD_FORMAT, records, at)
    local entry = { seq = seq, id = id, bytes = bytes, expires = expires, passed = passed }
    entries[#entries + 1] = entry
    if more == '1' then
      extras[#extras + 1] = 'm' .. seq
      owners[#owners + 1] = entry
    end
  end
  withFields('HMGET', extras, function(i, json) owners[i].extra = json and cjson.decode(json) or {} end)
end

local function recordOf(entry)
  return entry.seq .. entry.id .. entry.bytes .. entry.expires .. entry.passed .. (entry.extra and '1' or '0')
end

-- When an entry leaves by itself.
local function leavesAt(entry)
  local expires = tonumber(entry.expires)
  if entry.passed == NEVER then return expires end
  return math.min(expires, tonumber(entry.passed) + HOLD_MS)
end

local function saveEntries(head)
  if not entriesChanged then return end
  withFields('HDEL', removed)
  if #entries == 0 then
    redis.call('DEL', RECORDS, BODIES)
    forgetEntries(head)
    return
  end
  forgetEntries(head)
  local records, untilMs, twin = {}, 0, ''
  for i, entry in ipairs(entries) do
    records[i] = recordOf(entry)
    local leaves = leavesAt(entry)
    if i == 1 or leaves < head[DUE] then head[DUE] = leaves end
    untilMs = math.max(untilMs, leaves)
    head[BYTES] = head[BYTES] + tonumber(entry.bytes)
    if entry.passed == NEVER then head[OPEN], head[UNPASSED] = entry.seq, head[UNPASSED] + 1 end
    if entry.extra and entry.extra.t then twin = later(twin, entry.extra.t) end
  end
  head[COUNT], head[LAST] = #entries, entries[#entries].seq
  head[TOP] = later(head[LAST], twin)
  if twin ~= '' then head[TWINS] = 1 end
  redis.call('SET', RECORDS, table.concat(records))
  keepEntriesUntil(head, untilMs)
end

-- What an entry carries besides its record: p platforms, d device ids, t twin, e what it evicted.
local function setExtra(entry, name, value)
  entry.extra = entry.extra or {}
  entry.extra[name] = value
  redis.call('HSET', BODIES, 'm' .. entry.seq, cjson.encode(entry.extra))
  entriesChanged = true
end

local function letGo(head, entry, missed)
  head[FLOOR] = later(head[FLOOR], entry.seq)
  if entry.extra and entry.extra.t then head[FLOOR] = later(head[FLOOR], entry.extra.t) end
  if missed then head[GAP] = later(head[GAP], entry.seq) end
  removed[#removed + 1] = entry.seq
  if entry.extra then removed[#removed + 1] = 'm' .. entry.seq end
  entriesChanged = true
end

-- Lets go what expired and what was passed longer ago than the hold.
local function sweep(head)
  if head[COUNT] == 0 or head[DUE] > NOW then return end
  local heldSince = string.format('%015.0f', math.max(0, NOW - HOLD_MS))
  local kept = {}
  for _, entry in ipairs(entries) do
    local isPassed = entry.passed ~= NEVER
    if entry.expires <= NOW_TEXT or (isPassed and entry.passed <= heldSince) then letGo(head, entry, not isPassed)
    else kept[#kept + 1] = entry end
  end
  entries = kept
end

-- The highest sequence the inbox has known.
local function topOf(head)
  if #entries == 0 then return head[FLOOR] end
  return later(head[FLOOR], entries[#entries].seq)
end

-- What was held or let go just before the entry at this index. What has left may lie above what is held still.
local function prevOf(head, index, seq)
  local before = index > 1 and entries[index - 1].seq or SEQ_ZERO
  if head[FLOOR] < seq then return later(before, head[FLOOR]) end
  return before
end
