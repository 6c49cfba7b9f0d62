"""People, organisations, and who is who.

A *party* is whoever can stand on one side of a promise: a *person* (person_id == party_id) or an *organisation*, which
acts through its members (owner, manager, member). *Recognition* is the instance's decision that an organisation serves
the common good. Secrets (session tokens, tokens in mails) are 256 random bits and stored as SHA-256; passwords as
Argon2id. Nothing here reveals whether an e-mail address has an account.
"""
