"""How every JSON endpoint behaves. Knows FastAPI, knows no domain.

An endpoint is a plain function that names what it needs, and gets it in one thread hop (see `endpoints`):

- `work: Work` - one transaction, for somebody signed in; `work: PublicWork` - for anybody.
- `reading: Reading` - one look, for somebody signed in; `reading: PublicReading` - for anybody.
- `desk: Desk` - opens units of work by itself, because something slow (a password's hash) happens in between.

The answer is serialised and stored for its `Idempotency-Key` inside the transaction, and sent after the commit.
"""
