"""Passwords: hashed with Argon2id, checked at the same cost for accounts that do not exist, common ones refused.

Everything here takes tens of milliseconds of work and is done outside transactions.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message

_HASHER: Final = PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),))
_EASY: Final = 10**8
"""Guesses; who tries that often from one address needs many thousand years, who stole the hashes a few weeks."""
_LOOKED_AT: Final = 24
"""Characters; the estimate takes time that grows fast with the length."""
_LOCAL_WORDS: Final = (
    "passwort", "kennwort", "geheim", "hallo", "schatz", "liebling", "sommer", "winter", "frühling", "herbst",
    "fussball", "fußball", "deutschland", "berlin", "leipzig", "halle", "hamburg", "münchen", "sachsen", "depot",
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "januar", "februar", "märz",
    "oktober", "november", "dezember", "qwertz", "qwertzuiop", "asdfghjkl", "yxcvbnm", "sonnenschein", "familie",
    "schalke", "bayern", "dynamo", "nachbarschaft", "willkommen", "ficken", "arschloch", "sicherheit", "zuhause",
)  # fmt: skip
"""What people here choose, beside the English words and leaked passwords that the estimator knows."""


def hash_password(password: str) -> str:
    """What we keep of a password: Argon2id, 19 MiB, two rounds; about 32 ms."""
    return _HASHER.hash(password)


def fits(password: str, password_hash: str | None) -> bool:
    """Whether this is the password. Takes as long where there is none (OWASP ASVS 6.3.8)."""
    right = _HASHER.verify(password, password_hash or _nobodys())
    return right and password_hash is not None


def refuse_common(password: str, *, pointer: str, about: Iterable[str]) -> None:
    """Raise Invalid for a password that is guessed early: leaked ones, keyboard rows, repetitions, one's own name."""
    known = [*_LOCAL_WORDS, *(word for text in about for word in (text, *text.replace("@", " ").split()))]
    ends = {password[:_LOOKED_AT], password[-_LOOKED_AT:]}
    if all(zxcvbn(end, user_inputs=known)["guesses"] < _EASY for end in ends):
        raise Invalid(FieldError(pointer, message("This password is among those that are guessed first.")))


@cache
def _nobodys() -> str:
    return hash_password("nobody has this password")
