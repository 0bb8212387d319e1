-- Numbers a revocation and keeps it; some whose time is over leave.
-- KEYS: counters, revocations. ARGV: now, revocation as JSON, kept for so long.
local n = redis.call('HINCRBY', KEYS[1], 'revocations', 1)
redis.call('ZADD', KEYS[2], n, n .. ':' .. ARGV[1] .. ':' .. ARGV[2])
local oldest = redis.call('ZRANGE', KEYS[2], 0, 199)
for i, member in ipairs(oldest) do
  local at = tonumber(string.match(member, '^%d+:(%d+):'))
  if at > tonumber(ARGV[1]) - tonumber(ARGV[3]) then break end
  redis.call('ZREM', KEYS[2], member)
end
return n
