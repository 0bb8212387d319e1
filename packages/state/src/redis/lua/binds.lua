-- Where this receiver is bound, as JSON.
return readHead()[BINDS]
