-- Bind, the common case: nothing is held of this person. Any doubt is left to the whole rules behind this file.
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

-- The cursor as far as it is believed: a session never acknowledged more than it was sent, a client never more than there is.
local function believed(top)
  if not isRepeat then return asked > top and SEQ_ZERO or asked end
  local cursor = asked < enqueued and asked or enqueued
  return cursor < top and cursor or top
end

-- What is answered to a session that starts to read at `start`, with nothing or something behind it.
local function answerOf(start, isBehind, top, passed)
  local known = isRepeat and enqueued or asked
  local resumed = head[GAP] <= (known == SEQ_ZERO and start or known)
  local from = isBehind and start or later(start, top)
  return { '0', from, isBehind and '1' or '0', resumed and '1' or '0', head[BINDS], passed }
end

local function bindAtRest()
  settleExpired(head)
  if head[COUNT] > 0 then return nil end
  local all = head[SCOPES] == '' and {} or cmsgpack.unpack(head[SCOPES])
  local scope
  for _, other in ipairs(all) do
    if other.id == scopeId then scope = other end
  end
  if not scope and #all >= SCOPES_MAX then return nil end
  local top = head[FLOOR]
  local cursor = believed(top)
  if not scope then
    -- Seen for the first time: there is nothing for it.
    scope = { id = scopeId, cursor = not isRepeat and cursor == SEQ_ZERO and top or SEQ_ZERO, skips = {} }
    all[#all + 1] = scope
  end
  if cursor > scope.cursor then scope.cursor, scope.skips = cursor, {} end
  scope.platform, scope.used = platform, NOW
  head[BINDS], head[SCOPES] = recordBind(), cmsgpack.pack(all)
  saveHead(head)
  return answerOf(isRepeat and enqueued or scope.cursor, false, top, '')
end

local quick = bindAtRest()
if quick then return quick end
