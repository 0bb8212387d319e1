-- The scopes of an inbox: whom an entry addresses, who has passed it, what a new one gets.
local scopes

local function includes(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

local function readScopes(head)
  scopes = head[SCOPES] == '' and {} or cmsgpack.unpack(head[SCOPES])
  for _, scope in ipairs(scopes) do
    scope.skip = {}
    for _, seq in ipairs(scope.skips) do scope.skip[seq] = true end
  end
end

local function saveScopes(head)
  for _, scope in ipairs(scopes) do scope.skip = nil end
  head[SCOPES] = #scopes == 0 and '' or cmsgpack.pack(scopes)
end

local function findScope(id)
  for _, scope in ipairs(scopes) do
    if scope.id == id then return scope end
  end
  return nil
end

local function newScope(id, platform)
  return { id = id, platform = platform, cursor = SEQ_ZERO, used = NOW, skips = {}, skip = {} }
end

-- Lets a scope in that the inbox did not know. Beyond the limit the longest unused one is forgotten.
local function admit(scope)
  while #scopes >= SCOPES_MAX do
    local oldest = 1
    for i, other in ipairs(scopes) do
      if other.used < scopes[oldest].used then oldest = i end
    end
    table.remove(scopes, oldest)
  end
  scopes[#scopes + 1] = scope
  return scope
end

local function addresses(entry, scope)
  local filter = entry.extra
  if not filter then return true end
  if filter.p and not includes(filter.p, scope.platform) then return false end
  if not filter.d then return true end
  return string.sub(scope.id, 1, 2) == 'd:' and includes(filter.d, string.sub(scope.id, 3))
end

-- True when a reader of this scope is to get the entry: addressed, not skipped, not expired.
local function isFor(entry, scope)
  return entry.expires > NOW_TEXT and addresses(entry, scope) and not scope.skip[entry.seq]
end

-- 'awaited' while a scope in use has not passed it; 'passed' when one has and none is awaited; 'open' when nobody addressed has
-- come. A scope long unused holds nothing back, but does not pass anything either.
local function passage(entry)
  local someone = false
  for _, scope in ipairs(scopes) do
    if addresses(entry, scope) then
      if scope.cursor >= entry.seq then someone = true
      elseif not scope.skip[entry.seq] and NOW - scope.used < SCOPE_IDLE_MS then return 'awaited' end
    end
  end
  return someone and 'passed' or 'open'
end

-- Marks entries that every addressed scope has passed, and takes the mark back when a scope that has not is recorded again.
local function markPassed()
  for _, entry in ipairs(entries) do
    if entry.passed == NEVER then
      if passage(entry) == 'passed' then entry.passed, entriesChanged = NOW_TEXT, true end
    elseif passage(entry) == 'awaited' then entry.passed, entriesChanged = NEVER, true end
  end
end

-- Moves a cursor forward. Answers what the scope passed by it, oldest first: sequences and message ids in a row.
local function moveCursor(scope, cursor)
  if cursor <= scope.cursor then return '' end
  local passed, held = {}, {}
  for _, entry in ipairs(entries) do
    held[entry.seq] = true
    if entry.seq > scope.cursor and entry.seq <= cursor and addresses(entry, scope) and not scope.skip[entry.seq] then
      passed[#passed + 1] = entry.seq .. entry.id
    end
  end
  scope.cursor = cursor
  -- A slower session of the scope may still read below the cursor: a skip lasts as long as its entry.
  local skips = {}
  scope.skip = {}
  for _, seq in ipairs(scope.skips) do
    if held[seq] then
      skips[#skips + 1] = seq
      scope.skip[seq] = true
    end
  end
  scope.skips = skips
  return table.concat(passed)
end
