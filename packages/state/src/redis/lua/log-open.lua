-- Opens the log: raises the generation when it is another bus or topic, or ends before what was seen of it.
-- KEYS: log, offsets. ARGV: bus id, topic, partitions, the generation that the caller knows ('' = it does not say), '1' when by what he
-- knows the log is shorter. Answers bus id, topic, generation and partitions that count.
local present = redis.call('HMGET', KEYS[1], 'bus_id', 'topic', 'generation', 'partitions')
local generation = tonumber(present[3] or 0)
local isSame = present[1] == ARGV[1] and present[2] == ARGV[2]
local isKnown = tonumber(ARGV[4]) == generation
local mayJudge = isKnown or (ARGV[4] == '' and not isSame) or not present[3]
if not mayJudge or (isSame and ARGV[5] ~= '1') then return { present[1], present[2], generation, tonumber(present[4]) } end
redis.call('HSET', KEYS[1], 'bus_id', ARGV[1], 'topic', ARGV[2], 'generation', generation + 1, 'partitions', ARGV[3])
redis.call('DEL', KEYS[2])
return { ARGV[1], ARGV[2], generation + 1, tonumber(ARGV[3]) }
