"""Versions of a shared thing: a change names the version it was made on (RFC 9110 §13.1.1)."""

from typing import Final

from app.kernel.problems import VersionStale

ANY: Final = -1
"""`If-Match: *`: whatever version there is."""


def require(seen: int | None, version: int) -> None:
    """Raises VersionStale when somebody else was faster; None means that the caller did not care."""
    if seen is not None and seen not in (ANY, version):
        raise VersionStale
