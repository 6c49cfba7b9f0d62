"""Who wants to hear what, and how.

A fact becomes a *letter* per reader (remembered, so that a fact heard twice is told once), and every letter a mail,
composed in the reader's language when it is sent: plain text, what happened, and one clear next step. Tokens are
issued for the mail that carries them and are kept nowhere else.
"""
