"""When a record can no longer be changed, and by what it is known whether it was."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SEALED_AFTER: Final = timedelta(hours=48)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over canonical JSON: keys in order, no spaces, UTF-8, instants in UTC to the microsecond."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value)
