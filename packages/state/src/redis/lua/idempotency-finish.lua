-- Sets the record of a key; the time it is kept counts from the first request. Without a record: drops it.
-- KEYS: record. ARGV: now, kept for so long, message id, fingerprint, api, answer ('' = pending).
if #ARGV == 2 then return redis.call('DEL', KEYS[1]) end
local isNew = redis.call('HSETNX', KEYS[1], 'at', ARGV[1])
redis.call('HSET', KEYS[1], 'message_id', ARGV[3], 'fingerprint', ARGV[4], 'api', ARGV[5])
if ARGV[6] == '' then redis.call('HDEL', KEYS[1], 'answer')
else redis.call('HSET', KEYS[1], 'answer', ARGV[6]) end
if isNew == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
