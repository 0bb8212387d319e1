-- Append, every other case: redelivered, late, published again, expired on its way, or into a full inbox.
readEntries(head)
sweep(head)

-- Index behind the last entry up to a sequence; from the end, where nearly all calls are.
local function indexAfter(seq)
  local index = #entries + 1
  while index > 1 and entries[index - 1].seq > seq do index = index - 1 end
  return index
end

local function twinOf(id)
  for _, entry in ipairs(entries) do
    if entry.id == id then return entry end
  end
  return nil
end

-- Makes room: the oldest leave, also those passed within their hold. Answers those that were not passed.
local function evict()
  local evicted, bytes, out = {}, 0, 0
  for _, entry in ipairs(entries) do bytes = bytes + tonumber(entry.bytes) end
  while #entries - out > 1 and (#entries - out > ENTRIES_MAX or bytes > BYTES_MAX) do
    out = out + 1
    local entry = entries[out]
    letGo(head, entry, true)
    if entry.passed == NEVER then evicted[#evicted + 1] = entry.seq .. entry.id end
    bytes = bytes - tonumber(entry.bytes)
  end
  if out == 0 then return '' end
  local kept = {}
  for i = out + 1, #entries do kept[i - out] = entries[i] end
  entries = kept
  return table.concat(evicted)
end

local function appendOne(record, extra, body)
  local seq, id, bytes, expires = struct.unpack(RECORD_FORMAT, record)
  local index = indexAfter(seq)
  local same = entries[index - 1]
  if same and same.seq == seq then
    return 'h' .. prevOf(head, index - 1, seq) .. (same.extra and same.extra.e or '')
  end
  local prev = prevOf(head, index, seq)
  if seq <= head[FLOOR] or expires <= NOW_TEXT then return 'g' .. prev end
  if string.sub(extra, 1, 1) == 'a' then
    extra = string.sub(extra, 2)
    local twin = twinOf(id)
    if twin then
      setExtra(twin, 't', later(twin.extra and twin.extra.t or SEQ_ZERO, seq))
      return 'a' .. prev
    end
  end
  local entry = { seq = seq, id = id, bytes = bytes, expires = expires, passed = NEVER }
  table.insert(entries, index, entry)
  redis.call('HSET', BODIES, seq, body)
  entriesChanged = true
  if extra ~= '' then
    entry.extra = cjson.decode(extra)
    redis.call('HSET', BODIES, 'm' .. seq, extra)
  end
  -- A cursor is never above the highest sequence, so only a late entry can have been passed already.
  if index < #entries then
    if not scopes then readScopes(head) end
    markPassed()
  end
  local evicted = evict()
  -- A late entry may have been the oldest itself.
  if evicted ~= '' and entries[1].seq <= seq then setExtra(entry, 'e', evicted) end
  return 'n' .. prev .. evicted
end

while at <= #ARGV do
  answers[#answers + 1] = appendOne(ARGV[at], ARGV[at + 1], ARGV[at + 2])
  at = at + 3
end
if entriesChanged then
  saveEntries(head)
  saveHead(head)
end
return answers
