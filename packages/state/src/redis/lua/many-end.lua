end

-- Per receiver: three keys; the number of its arguments and these. One that fails answers its error, the others are not touched by it.
local replies, at = {}, 1
for i = 1, #allKeys / 3 do
  local args, count = {}, tonumber(allArgs[at])
  for n = 1, count do args[n] = allArgs[at + n] end
  at = at + 1 + count
  local ok, reply = pcall(one, { allKeys[3 * i - 2], allKeys[3 * i - 1], allKeys[3 * i] }, args)
  if ok then replies[i] = reply
  else replies[i] = { err = type(reply) == 'table' and reply.err or tostring(reply) } end
end
return replies
