-- The present generation, then each partition and the last offset seen of it.
-- KEYS: log, offsets.
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then return {} end
local answer = { generation }
for _, text in ipairs(redis.call('HGETALL', KEYS[2])) do answer[#answer + 1] = text end
return answer
