"""Patience with those who guess passwords or have us send mails, counted in the database for all workers alike."""

from collections.abc import Mapping
from datetime import timedelta

from app.accounts import repository, rules
from app.accounts.rules import Patience
from app.kernel import idempotency
from app.kernel.problems import TooMany
from app.kernel.unit_of_work import UnitOfWork


def ask_for_mail(work: UnitOfWork, *, email: str, client: str) -> None:
    """Count a wish for a mail; raises TooMany, whether or not the address has an account."""
    _count(
        work,
        {_key("mail-to", email): rules.MAILS_TO, _key("mail-from", client): rules.MAILS_FROM},
    )


def guess(work: UnitOfWork, *, email: str, client: str) -> None:
    """Count a try to sign in before the password is looked at; raises TooMany.

    Whoever signed in from this address before is not kept waiting for what strangers try elsewhere.
    """
    patiences = {
        _key("guess", email, client): rules.GUESSES_FROM_HERE,
        _key("guess-from", client): rules.GUESSES_OF_ADDRESS,
    }
    known = repository.tried(work.session, _key("known", email, client))
    if known is None or work.now >= known.last_at + rules.KNOWN_FOR:
        patiences[_key("guess-of", email)] = rules.GUESSES_OF_ACCOUNT
    _count(work, patiences)


def guessed_right(work: UnitOfWork, *, email: str, client: str) -> None:
    """Take the try back, and remember that this account's owner speaks from this address."""
    repository.forget_tries(work.session, _key("guess", email, client))
    repository.give_back_tries(work.session, [_key("guess-from", client), _key("guess-of", email)])
    repository.lock_attempts(work.session, _key("known", email, client), work.now).last_at = work.now


def _count(work: UnitOfWork, patiences: Mapping[str, Patience]) -> None:
    """Count one try under every key, or, where one has run out of patience, none and raise TooMany."""
    rows = {key: repository.lock_attempts(work.session, key, work.now) for key in sorted(patiences)}
    waits = []
    for key, row in rows.items():
        waits.append(rules.wait(repository.as_tried(row), patiences[key], work.now))
        tried = rules.counted(repository.as_tried(row), patiences[key], work.now)
        row.count, row.since, row.last_at = tried.count, tried.since, tried.last_at
    longest = max(waits)
    if longest > timedelta():
        raise TooMany(after_seconds=int(longest.total_seconds()) + 1)


def _key(*parts: str) -> str:
    return idempotency.digest(*(part.encode() for part in parts))
