-- The head of an inbox: all that is known without looking at its entries. At rest it is the whole inbox.
-- KEYS: head, records, bodies of one receiver. ARGV[1]: the caller's time, epoch milliseconds in 15 digits.
-- Above this file stand the limits of configuration as local numbers: ENTRIES_MAX, BYTES_MAX, SCOPES_MAX, HOLD_MS, SCOPE_IDLE_MS,
-- BINDS_MAX, KEEP_MS.
local HEAD, RECORDS, BODIES = KEYS[1], KEYS[2], KEYS[3]
local NOW_TEXT, NOW = ARGV[1], tonumber(ARGV[1])
local SEQ_ZERO = '0000000000000000000000'
-- One entry: seq, message id, bytes, expires_at, passed_at (NEVER = not yet), '1' when it has extras. Numbers are padded, so that
-- they compare as text.
local RECORD, RECORD_SIZE = 'c22c32c8c15c15c1', 93
local NEVER = '000000000000000'
-- The keys of entries live this much longer than the last of them.
local SLACK_MS = 60000

-- Places in the head. The facts about entries let calls go without reading them, and say what became of them when their keys
-- have expired: then TOP is let go, and everything up to OPEN was missed.
local FLOOR, GAP, REVOKED, BINDS, SCOPES = 2, 3, 4, 5, 6
-- DUE: no entry leaves before. UNTIL: the life of their keys. UNPASSED: how many have no passed_at, OPEN the last of them. START: how
-- many records in front have left, and are cut off together with others.
local COUNT, BYTES, LAST, TOP, OPEN, UNPASSED, TWINS, DUE, UNTIL, START = 7, 8, 9, 10, 11, 12, 13, 14, 15, 16

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
  redis.call('SET', HEAD, cmsgpack.pack(head), 'PX', string.format('%.0f', px))
end

-- Gives the keys of entries this life. A little more than asked for, so that the next entry need not ask again.
local function keepEntriesUntil(head, untilMs)
  head[UNTIL] = untilMs + SLACK_MS
  local px = string.format('%.0f', math.max(1, head[UNTIL] - NOW))
  redis.call('PEXPIRE', RECORDS, px)
  redis.call('PEXPIRE', BODIES, px)
end
