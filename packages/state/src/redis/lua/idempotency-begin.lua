-- Writes the record of a key if it is new. Answers the present record as fields, or nothing when it was just written.
-- KEYS: record. ARGV: now, kept for so long, message id, fingerprint, api.
local present = redis.call('HMGET', KEYS[1], 'at', 'message_id', 'fingerprint', 'api', 'answer')
if present[1] and tonumber(present[1]) > tonumber(ARGV[1]) - tonumber(ARGV[2]) then
  return { present[2], present[3], present[4], present[5] or '' }
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'message_id', ARGV[3], 'fingerprint', ARGV[4], 'api', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {}
