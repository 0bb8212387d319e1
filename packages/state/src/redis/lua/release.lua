-- Gives a lease back; its epoch stays.
-- KEYS: lease. ARGV: holder.
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then redis.call('HSET', KEYS[1], 'holder', '', 'until', 0) end
return 1
