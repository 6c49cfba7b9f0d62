"""Hooks that schemathesis loads: what it cannot know about calls of our API."""

import os
from itertools import cycle
from uuid import uuid4

import schemathesis

LEAVING = {"me.erase", "me.change_password", "sessions.end", "sessions.end_all"}
"""After these the session or the person is gone; each call is made by somebody else."""

_leavers = cycle(os.environ.get("LEAVERS", "").split())


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and key.isascii() and key.isprintable() and 1 <= len(key.strip()) <= 200:
        # A key that was sent before answers as before, whatever the case is about (quality.md (a) 36).
        case.headers["Idempotency-Key"] = str(uuid4())
    if case.operation.definition.raw["operationId"] in LEAVING:
        for sent in (headers, kwargs.get("headers") or {}):
            if sent.get("Authorization") == f"Bearer {os.environ['TOKEN']}":
                sent["Authorization"] = f"Bearer {next(_leavers)}"
