"""Tokens: 256 random bits, known to their holder only; we keep what recognises them."""

import hashlib
import secrets


def new_token() -> tuple[str, str]:
    """A token to hand out, and its digest to keep."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    """What we keep of a token. No salt is needed: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
