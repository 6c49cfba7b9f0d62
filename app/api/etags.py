"""The version of an answer, and whether the reader has it already (RFC 9110 §8.8.3, §13.1.2)."""

from app.kernel import idempotency


def etag_of(result: object, content: bytes) -> str:
    """The version of a thing, where it has one, and a short hash of this view of it."""
    short = idempotency.digest(content)[:12]
    version = getattr(result, "version", None)
    return f'"{short}"' if version is None else f'"{version}-{short}"'


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether `If-None-Match` names this version."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags
