-- Pull: reads past a position and changes nothing, but answers as if what time lets go had been let go before.
-- ARGV[2..]: scope, platform, after, bytes at most. Answers upTo, '1' when there is more, then record and body of each entry.
local head = readHead()
local after, bytesMax = ARGV[4], tonumber(ARGV[5])
-- A twin that leaves may be higher than every entry: then all are looked at.
readEntries(head, head[TWINS] == 0 and after or nil)
readScopes(head)
sweep(head)
local scope = findScope(ARGV[2])
local reader = { id = ARGV[2], platform = ARGV[3], skip = scope and scope.skip or {} }
local found, bytes = {}, 0
local upTo, more = later(after, later(topOf(head), head[LAST])), '0'
for _, entry in ipairs(entries) do
  if entry.seq > after and isFor(entry, reader) then
    bytes = bytes + tonumber(entry.bytes)
    if #found > 0 and bytes > bytesMax then
      upTo, more = found[#found].seq, '1'
      break
    end
    found[#found + 1] = entry
  end
end
local answer, seqs = { upTo, more }, {}
for i, entry in ipairs(found) do seqs[i] = entry.seq end
withFields('HMGET', seqs, function(i, body)
  answer[#answer + 1] = recordOf(found[i])
  answer[#answer + 1] = body
end)
return answer
