"""Hooks that schemathesis loads: what it cannot know about calls of our API."""

import os
from itertools import cycle
from uuid import uuid4

import schemathesis

LEAVING = {"me.erase", "me.change_password", "me.change_email", "sessions.end", "sessions.end_all"}
"""After these the session or the person is gone; each call is made by somebody else."""

_leavers = cycle(os.environ["LEAVERS"].split())


@schemathesis.auth(refresh_interval=None)
class Sessions:
    """Somebody's token for every call."""

    def get(self, _case, context):
        leaving = context.operation.definition.raw["operationId"] in LEAVING
        return next(_leavers) if leaving else os.environ["TOKEN"]

    def set(self, case, token, _context):
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """A key that was sent before answers as before, whatever the case is about: each call has its own."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and key.isascii() and key.isprintable() and 1 <= len(key.strip()) <= 200:
        case.headers["Idempotency-Key"] = str(uuid4())
