-- Several receivers in one call: what lies between here and many-end is carried out for each of them, with its own keys and arguments.
-- Where all keys are on one server this saves both sides most of what a call costs besides its work.
local allKeys, allArgs = KEYS, ARGV
local function one(KEYS, ARGV)
