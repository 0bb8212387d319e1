-- The head of an inbox: all that is known without looking at its entries. Names in capitals are constants of layout.ts.
-- ARGV[1]: the caller's time, epoch milliseconds in 15 digits.
local NOW = tonumber(NOW_TEXT)

local function later(a, b)
  if a >= b then return a end
  return b
end

-- The entries are gone from the head: none is left.
local function forgetEntries(head)
  head[COUNT], head[BYTES], head[LAST], head[TOP], head[OPEN] = 0, 0, '', '', ''
  head[UNPASSED], head[TWINS], head[DUE], head[UNTIL], head[START] = 0, 0, 0, 0, 0
end

local function readHead()
  local raw = redis.call('GET', HEAD)
  if raw then return cmsgpack.unpack(raw) end
  local head = { 1, SEQ_ZERO, SEQ_ZERO, 0, '[]', '' }
  forgetEntries(head)
  return head
end

-- True when the keys of its entries have expired: all of them had left.
local function settleExpired(head)
  if head[COUNT] == 0 or redis.call('STRLEN', RECORDS) > 0 then return false end
  head[FLOOR] = later(head[FLOOR], head[TOP])
  head[GAP] = later(head[GAP], head[OPEN])
  forgetEntries(head)
  return true
end

local function saveHead(head)
  local px = math.max(KEEP_MS, head[UNTIL] - NOW, head[REVOKED] * 1000 + KEEP_MS - NOW)
  redis.call('SET', HEAD, cmsgpack.pack(head), 'PX', px)
end

-- Gives the keys of entries this life. A little more than asked for, so that the next entry need not ask again.
local function keepEntriesUntil(head, untilMs)
  head[UNTIL] = untilMs + SLACK_MS
  local px = math.max(1, head[UNTIL] - NOW)
  redis.call('PEXPIRE', RECORDS, px)
  redis.call('PEXPIRE', BODIES, px)
end
