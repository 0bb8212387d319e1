-- Remembers offsets of this generation; they only grow.
-- KEYS: log, offsets. ARGV: generation, then partition and offset in turn.
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do
  local last = tonumber(redis.call('HGET', KEYS[2], ARGV[i]) or -1)
  if tonumber(ARGV[i + 1]) > last then redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
end
return 1
