-- Opens the log: raises the generation when it is another bus or topic, or ends before what was seen of it.
-- KEYS: log, offsets. ARGV: bus id, topic, partitions, '1' when its ends are judged, the generation they were judged by.
local present = redis.call('HMGET', KEYS[1], 'bus_id', 'topic', 'generation', 'partitions')
local generation = tonumber(present[3] or 0)
local isSame = present[1] == ARGV[1] and present[2] == ARGV[2]
local isShorter = ARGV[4] == '1' and tonumber(ARGV[5]) == generation
if isSame and not isShorter then return { generation, tonumber(present[4]) } end
redis.call('HSET', KEYS[1], 'bus_id', ARGV[1], 'topic', ARGV[2], 'generation', generation + 1, 'partitions', ARGV[3])
redis.call('DEL', KEYS[2])
return { generation + 1, tonumber(ARGV[3]) }
