-- Append, the common case: a newer entry goes behind the last one, and into a full inbox for the oldest ones, without reading any
-- other. What time lets go stays meanwhile: whoever can tell the difference lets it go first.
-- ARGV[2..]: per entry its record, its extras ('' or JSON; 'a' in front: published again), its body.
local head = readHead()
settleExpired(head)

-- Lets the oldest entry go. Answers it when it was pushed out before it was passed, '' when not, nil when there is a doubt: something
-- that time lets go lies elsewhere.
local function popOldest()
  local place = head[START] * RECORD_SIZE
  local record = redis.call('GETRANGE', RECORDS, place, place + RECORD_SIZE - 1)
  local seq, id, bytes, expires, passed, more = struct.unpack(RECORD_FORMAT, record)
  local isPassed = passed ~= NEVER
  local isDue = expires <= NOW_TEXT or (isPassed and tonumber(passed) + HOLD_MS <= NOW)
  if not isDue and head[DUE] <= NOW then return nil end
  head[FLOOR] = later(head[FLOOR], seq)
  if not (isDue and isPassed) then head[GAP] = later(head[GAP], seq) end
  redis.call('HDEL', BODIES, seq, 'm' .. seq)
  head[COUNT], head[BYTES], head[START] = head[COUNT] - 1, head[BYTES] - tonumber(bytes), head[START] + 1
  if not isPassed then head[UNPASSED] = head[UNPASSED] - 1 end
  if head[COUNT] == 0 then
    redis.call('DEL', RECORDS, BODIES)
    forgetEntries(head)
  end
  return not (isDue or isPassed) and seq .. id or ''
end

-- Makes room for so many bytes; answers what was pushed out, and whether there is room.
local function makeRoom(bytes)
  local evicted = ''
  while head[COUNT] > 0 and (head[COUNT] >= ENTRIES_MAX or head[BYTES] + bytes > BYTES_MAX) do
    local popped = popOldest()
    if not popped then return evicted, false end
    evicted = evicted .. popped
  end
  return evicted, true
end

local function appendAtEnd(record, extra, body, evicted)
  local seq, expires = string.sub(record, 1, 22), tonumber(string.sub(record, 63, 77))
  if evicted ~= '' then
    local extras = extra == '' and {} or cjson.decode(extra)
    extras.e = evicted
    record, extra = string.sub(record, 1, RECORD_SIZE - 1) .. '1', cjson.encode(extras)
  end
  redis.call('APPEND', RECORDS, record)
  if extra == '' then redis.call('HSET', BODIES, seq, body)
  else redis.call('HSET', BODIES, seq, body, 'm' .. seq, extra) end
  if head[COUNT] == 0 or expires < head[DUE] then head[DUE] = expires end
  head[COUNT], head[BYTES] = head[COUNT] + 1, head[BYTES] + tonumber(string.sub(record, 55, 62))
  head[LAST], head[TOP], head[OPEN], head[UNPASSED] = seq, seq, seq, head[UNPASSED] + 1
  if expires > head[UNTIL] then keepEntriesUntil(head, expires) end
end

local answers = { head[BINDS] }
local at = 2
local changed, evicted, isRoom = false, '', true
while at <= #ARGV and head[TWINS] == 0 do
  local record, extra = ARGV[at], ARGV[at + 1]
  local seq = string.sub(record, 1, 22)
  if seq <= head[LAST] or seq <= head[FLOOR] or string.sub(record, 63, 77) <= NOW_TEXT then break end
  if string.sub(extra, 1, 1) == 'a' then break end
  -- What comes before it, also when that is pushed out for it.
  local prev = later(head[FLOOR], head[LAST])
  changed = true
  evicted, isRoom = makeRoom(tonumber(string.sub(record, 55, 62)))
  if not isRoom then break end
  appendAtEnd(record, extra, ARGV[at + 2], evicted)
  answers[#answers + 1] = 'n' .. prev .. evicted
  at = at + 3
end
if changed and isRoom then
  if head[START] >= CUT_OFF then
    redis.call('SET', RECORDS, redis.call('GETRANGE', RECORDS, head[START] * RECORD_SIZE, -1), 'KEEPTTL')
    head[START] = 0
  end
  saveHead(head)
end
if at > #ARGV then return answers end
