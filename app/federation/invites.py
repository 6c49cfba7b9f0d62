"""Invites: one line of text that an operator sends to another (federation.md §2.4). Pure.

It carries the fingerprint of the inviting instance, so the first contact already knows whom to expect; the
token is a secret of 256 bits, used once, kept here only as a hash.
"""

import base64
import binascii
import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from app.federation.problems import BadJson
from app.federation.protocol import strict_json
from app.kernel.problems import Problem
from app.kernel.text import message

PREFIX: Final = "dfp1:"
LONGEST_LIFE: Final = timedelta(days=7)
_MAX_LENGTH: Final = 4096
_INSTANCE = re.compile(r"[0-9a-f]{40}")


class InviteUnreadable(Problem):
    """The text is not an invite, or only a part of one."""

    slug = "invite-unreadable"
    title = message("This is not an invite. It begins with dfp1: and has to be copied whole.")
    status = 422


class InviteExpired(Problem):
    slug = "invite-expired"
    title = message("This invite has expired. Ask the other region for a new one.")
    status = 422


@dataclass(frozen=True, slots=True)
class Invite:
    """Who invites, where they are, and the secret that proves the invitation."""

    base: str
    instance: str
    token: str
    expires_at: datetime


def new_token() -> str:
    """Make a secret of 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Hash under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def encode(invite: Invite) -> str:
    """Write an invite as one line."""
    payload = {
        "base": invite.base,
        "instance": invite.instance,
        "token": invite.token,
        "exp": int(invite.expires_at.timestamp()),
    }
    packed = base64.urlsafe_b64encode(json.dumps(payload, separators=(",", ":")).encode())
    return PREFIX + packed.decode("ascii").rstrip("=")


def decode(text: str, *, now: datetime) -> Invite:
    """Read an invite, white space of a mail program included. Raises InviteUnreadable or InviteExpired."""
    line = "".join(text.split())
    if not line.startswith(PREFIX) or len(line) > _MAX_LENGTH:
        raise InviteUnreadable
    packed = line.removeprefix(PREFIX)
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        invite = _from_payload(strict_json.read(raw))
    except (binascii.Error, ValueError, OverflowError, OSError, BadJson):
        raise InviteUnreadable from None
    if now > invite.expires_at:
        raise InviteExpired
    return invite


def _from_payload(payload: object) -> Invite:
    match payload:
        case {"base": str(base), "instance": str(instance), "token": str(token), "exp": int(exp)} if (
            _INSTANCE.fullmatch(instance) and token
        ):
            return Invite(base, instance, token, datetime.fromtimestamp(exp, UTC))
    raise InviteUnreadable
