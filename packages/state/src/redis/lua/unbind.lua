-- Unbind: removes the record of exactly this incarnation; with a serial a record of a later bind stays.
-- ARGV[2..]: node, incarnation, serial or ''.
local head = readHead()
local serial = tonumber(ARGV[4]) or math.huge
local binds = cjson.decode(head[BINDS])
for i, bind in ipairs(binds) do
  if bind.node == ARGV[2] and bind.incarnation == ARGV[3] and (bind.serial or 0) <= serial then
    table.remove(binds, i)
    -- cjson writes an empty list as an object.
    head[BINDS] = #binds == 0 and '[]' or cjson.encode(binds)
    saveHead(head)
    break
  end
end
return ''
