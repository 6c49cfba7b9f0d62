"""One ask for one listing and one stretch of time, from the request to the return.

Words: *booking*; *borrower* and *provider*, its two sides; *action*, what somebody does; *move*, what the law in
`rules` makes of it. The law is one table; nobody writes a state, actions move it.

- Units are taken and freed by `app.listings` alone; whether a state takes them is asked of `rules.states`.
- A booking's row is locked before its listing's, never the other way round.
- A booking with a partner has one writer: the provider's instance. Here it shows what was last read from there.
"""
