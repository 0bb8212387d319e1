-- Makes a pending record another api's, if it still is of this message and of the api that is gone.
-- KEYS: record. ARGV: now, kept for so long, message id, from api, to api.
local present = redis.call('HMGET', KEYS[1], 'at', 'message_id', 'api', 'answer')
if not present[1] or tonumber(present[1]) <= tonumber(ARGV[1]) - tonumber(ARGV[2]) then return 0 end
if present[2] ~= ARGV[3] or present[3] ~= ARGV[4] or present[4] then return 0 end
redis.call('HSET', KEYS[1], 'api', ARGV[5])
return 1
