"""Who an operator means: for the command line, which names people as people do."""

from collections.abc import Collection
from uuid import UUID

from app.accounts import repository
from app.accounts.rules import PartyKind
from app.accounts.schemas import PartySummary
from app.accounts.service.standing import party_summaries
from app.kernel.problems import NotFound
from app.kernel.text import clean_line, message
from app.kernel.unit_of_work import Reading


def find_party(reading: Reading, who: str) -> PartySummary:
    """The person with this e-mail address, or the organisation with this name; either by its id.

    Raises NotFound when there is none, or when several organisations share the name.
    """
    found = _ids(reading, who)
    if len(found) > 1:
        raise NotFound(message("Several organisations are called {who}. Give the id of one.", who=who))
    summaries = party_summaries(reading, found)
    if not summaries:
        raise NotFound(message("There is nobody known as {who}.", who=who))
    return summaries[found[0]]


def find_person(reading: Reading, who: str) -> PartySummary:
    """The person with this e-mail address or id; raises NotFound."""
    found = find_party(reading, who)
    if found.kind is not PartyKind.PERSON:
        raise NotFound(message("{who} is no person.", who=who))
    return found


def anybody(reading: Reading) -> bool:
    """Whether a single person has ever been entered here."""
    return repository.has_people(reading.session)


def organisations_from(reading: Reading, refs: Collection[str]) -> frozenset[str]:
    """Which of these names in imported files are already organisations here."""
    return frozenset(repository.external_refs(reading.session, refs))


def _ids(reading: Reading, who: str) -> list[UUID]:
    try:
        return [UUID(who)]
    except ValueError:
        pass
    if "@" in who:
        person = repository.person_by_email(reading.session, who.strip().lower())
        return [person.id] if person else []
    return list(repository.organisations_named(reading.session, clean_line(who)))
