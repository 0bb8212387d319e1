-- Refuses tokens issued before this epoch second from the next bind on; never takes it back.
-- ARGV[2]: epoch seconds.
local head = readHead()
local before = tonumber(ARGV[2])
if before > head[REVOKED] then
  head[REVOKED] = before
  saveHead(head)
end
return ''
