-- Takes or renews a lease; the epoch grows by one with each new holder. Answers holder and epoch.
-- KEYS: lease. ARGV: holder, now, until.
local present = redis.call('HMGET', KEYS[1], 'holder', 'epoch', 'until')
local isHolder = present[1] == ARGV[1]
local epoch = tonumber(present[2] or 0)
if present[1] and not isHolder and tonumber(present[3]) > tonumber(ARGV[2]) then return { present[1], epoch } end
if not isHolder then epoch = epoch + 1 end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'epoch', epoch, 'until', ARGV[3])
return { ARGV[1], epoch }
