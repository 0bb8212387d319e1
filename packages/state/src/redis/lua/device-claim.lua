-- Claims a device for a uid, or renews it; its use is recorded at most hourly.
-- KEYS: device. ARGV: uid, now, free after so long unused, recorded at most so often.
local now, idle = tonumber(ARGV[2]), tonumber(ARGV[3])
local present = redis.call('HMGET', KEYS[1], 'uid', 'used')
local used = tonumber(present[2] or 0)
if present[1] and present[1] ~= ARGV[1] and used > now - idle then return 0 end
if present[1] ~= ARGV[1] or now - used >= tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'uid', ARGV[1], 'used', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
