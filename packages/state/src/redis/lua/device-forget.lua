-- Frees a device that belongs to this uid. KEYS: device. ARGV: uid.
if redis.call('HGET', KEYS[1], 'uid') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return ''
