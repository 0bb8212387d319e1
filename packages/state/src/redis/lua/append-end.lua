-- Append, the common case: a newer entry goes behind the last one, without reading any other. What time lets go stays meanwhile:
-- whoever can tell the difference lets it go first.
-- ARGV[2..]: per entry its record, its extras ('' or JSON; 'a' in front: published again), its body.
local head = readHead()
settleExpired(head)
local answers = { head[BINDS] }
local at = 2
while at <= #ARGV and head[TWINS] == 0 do
  local record, extra = ARGV[at], ARGV[at + 1]
  local seq, expires = string.sub(record, 1, 22), string.sub(record, 63, 77)
  local bytes = tonumber(string.sub(record, 55, 62))
  if seq <= head[LAST] or seq <= head[FLOOR] or expires <= NOW_TEXT or string.sub(extra, 1, 1) == 'a' then break end
  if head[COUNT] >= ENTRIES_MAX or head[BYTES] + bytes > BYTES_MAX then break end
  answers[#answers + 1] = 'n' .. later(head[FLOOR], head[LAST])
  redis.call('APPEND', RECORDS, record)
  if extra == '' then redis.call('HSET', BODIES, seq, ARGV[at + 2])
  else redis.call('HSET', BODIES, seq, ARGV[at + 2], 'm' .. seq, extra) end
  local expiresMs = tonumber(expires)
  if head[COUNT] == 0 or expiresMs < head[DUE] then head[DUE] = expiresMs end
  head[COUNT], head[BYTES] = head[COUNT] + 1, head[BYTES] + bytes
  head[LAST], head[TOP], head[OPEN], head[UNPASSED] = seq, seq, seq, head[UNPASSED] + 1
  if expiresMs > head[UNTIL] then keepEntriesUntil(head, expiresMs) end
  at = at + 3
end
if at > 2 then saveHead(head) end
if at > #ARGV then return answers end
