"""Who is who: what other rooms ask about parties."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from app.accounts import repository, rules
from app.accounts.rules import PartyKind
from app.accounts.schemas import Contact, PartySummary, Recipient, Standing
from app.accounts.service import secrets
from app.accounts.tables import Membership, Organisation, Party, Person
from app.kernel.actor import NOBODY, Actor, ActorKind, StaffRole
from app.kernel.problems import NotFound, SignInNeeded
from app.kernel.unit_of_work import Reading, UnitOfWork


def authenticate(reading: Reading, token: str) -> Actor:
    """Who shows this token; NOBODY for one that is unknown, expired or revoked.

    A session counts as used when it changes something, noted at most once an hour: looking must not write. Suspended
    people may sign in and read; what they may no longer do, rooms decide by their `Standing`. Staff are none meanwhile.
    """
    rows = repository.session_with_roles(
        reading.session, secrets.digest(token), keep=isinstance(reading, UnitOfWork)
    )
    if not rows:
        return NOBODY
    found, person, *_ = rows[0]
    if not rules.session_lives(used_at=found.used_at, ends_at=found.ends_at, now=reading.now):
        return NOBODY
    if isinstance(reading, UnitOfWork) and reading.now - found.used_at >= rules.TOUCH:
        found.used_at = reading.now
    roles = {
        party: role
        for _, _, organisation, role, assisted in rows
        for party in (organisation, assisted)
        if party and role
    }
    return Actor(
        ActorKind.PERSON,
        person.id,
        staff=None if is_suspended(person, reading.now) else person.staff,
        memberships=MappingProxyType(roles),
        session_id=found.id,
    )


def present(reading: Reading, person_id: UUID) -> tuple[Actor, str] | None:
    """Who this person is at this moment, with their present roles, and the language they read; None once erased.

    For what is shown in their name while they are not signed in; staff roles play no part there.
    """
    person = reading.session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        return None
    return _actor(person_id, repository.roles_of(reading.session, person_id)), person.language


def acting_person(reading: Reading) -> UUID:
    """The id of the person who acts; raises SignInNeeded for partners and clocks."""
    if reading.actor.kind is not ActorKind.PERSON or reading.actor.id is None:
        raise SignInNeeded
    return reading.actor.id


def party_summaries(reading: Reading, ids: Collection[UUID]) -> dict[UUID, PartySummary]:
    """What everybody may know of these parties; unknown ids are left out."""
    return {
        party.id: PartySummary(party.id, party.kind, party.name, _recognised(party, reading))
        for party in repository.parties(reading.session, ids)
    }


def standing(reading: Reading, party_id: UUID) -> Standing:
    """What rules look at when this party asks for something; raises NotFound."""
    found = standings(reading, [party_id])
    if not found:
        raise NotFound
    return found[party_id]


def standings(reading: Reading, party_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """The same for many, those nobody knows left out. Four queries at most."""
    found = repository.parties(reading.session, party_ids)
    people = _people(reading, [party.id for party in found if party.kind is PartyKind.PERSON])
    organisations = [party.id for party in found if party.kind is PartyKind.ORGANISATION]
    stopped = {
        one.id
        for one in repository.suspended(reading.session, organisations)
        if is_suspended(one, reading.now)
    }
    return {
        party.id: _standing_of_person(reading, *people[party.id])
        if party.id in people
        else Standing(
            party.id,
            party.kind,
            _recognised(party, reading),
            suspended=party.id in stopped,
            member_of=frozenset({party.id}),
        )
        for party in found
    }


def actors(reading: Reading, person_ids: Collection[UUID]) -> dict[UUID, Actor]:
    """These people as they are at this moment, with their present roles; without those erased or suspended.

    For what is done in their name while they are not signed in; staff roles play no part there. Two queries.
    """
    return {
        person_id: _actor(person_id, roles)
        for person_id, (person, roles) in _people(reading, person_ids).items()
        if not is_suspended(person, reading.now)
    }


def _people(reading: Reading, person_ids: Collection[UUID]) -> dict[UUID, tuple[Person, list[Membership]]]:
    if not person_ids:
        return {}
    roles: dict[UUID, list[Membership]] = {}
    for row in repository.roles_of(reading.session, *person_ids):
        roles.setdefault(row.person_id, []).append(row)
    people = repository.rows(reading.session, Person, person_ids)
    return {person.id: (person, roles.get(person.id, [])) for person in people}


def _actor(person_id: UUID, roles: Sequence[Membership]) -> Actor:
    held = {row.organisation_id: row.role for row in roles}
    return Actor(ActorKind.PERSON, person_id, memberships=MappingProxyType(held))


def _standing_of_person(reading: Reading, person: Person, roles: Sequence[Membership]) -> Standing:
    return Standing(
        person.id,
        PartyKind.PERSON,
        recognised=False,
        suspended=is_suspended(person, reading.now),
        member_of=frozenset(row.organisation_id for row in roles),
        born_on=person.born_on,
    )


def standing_of_asker(reading: Reading, party_id: UUID) -> Standing:
    """The same where who acts asks in the party's name: whoever is suspended borrows in nobody's name."""
    return standing_with(reading, party_id, acting=acting_person(reading))


def standing_with(reading: Reading, party_id: UUID, *, acting: UUID | None) -> Standing:
    """The same where this person asked in the party's name, whoever acts now; None where they have gone."""
    asked_for = standing(reading, party_id)
    if acting is None or acting == party_id:
        return asked_for
    person = reading.session.get_one(Person, acting)
    suspended = asked_for.suspended or is_suspended(person, reading.now)
    if asked_for.kind is PartyKind.PERSON:  # who is assisted has an age of their own
        return replace(asked_for, suspended=suspended)
    return replace(asked_for, suspended=suspended, born_on=person.born_on)


def hold_still(work: UnitOfWork, party_id: UUID) -> None:
    """Let nobody else do this to the party before this transaction ends: what counts for it stays countable (T18).

    Comes after the locks of bookings and before those of listings. On SQLite the one writer holds everything still.
    """
    repository.lock_party(work.session, party_id)


def contact(reading: Reading, party_id: UUID, *, own_only: bool = False) -> Contact:
    """How to reach a party, for the other side of a promise only: the caller has checked that there is one.

    An organisation without an address of its own is reached through whoever owns or manages it, who may leave, and
    somebody without e-mail through who assists them: what is kept for long asks for its own only.
    """
    party = reading.session.get(Party, party_id)
    if party is None:
        raise NotFound
    if party.kind is PartyKind.PERSON:
        person = reading.session.get_one(Person, party_id)
        if person.assisted_by is None or own_only:
            return Contact(party.name, person.email, person.phone)
        helper = contact(reading, person.assisted_by)
        return Contact(party.name, helper.email, person.phone or helper.phone)
    organisation = reading.session.get_one(Organisation, party_id)
    email, phone = organisation.email, organisation.phone
    if email is None and not own_only:
        email = next((reader.email for reader in recipients(reading, party_id)), None)
    return Contact(party.name, email, phone)


def recipients(reading: Reading, party_id: UUID) -> list[Recipient]:
    """Who reads mails for a party: the person, or the owners and managers of an organisation, or of who assists."""
    party = reading.session.get(Party, party_id)
    if party is None:
        return []
    person = reading.session.get_one(Person, party_id) if party.kind is PartyKind.PERSON else None
    if person is not None and person.assisted_by is None:
        return _reachable([(person, party)])
    decides = person.assisted_by if person is not None and person.assisted_by else party_id
    return _reachable(repository.speakers(reading.session, decides))


def staff(reading: Reading, *, role: StaffRole | None = None) -> list[Recipient]:
    """Who reads mails for the instance itself; of one role, or of any."""
    found = repository.staff(reading.session)
    return _reachable([one for one in found if role is None or one[0].staff is role])


def _reachable(people: Sequence[tuple[Person, Party]]) -> list[Recipient]:
    return [
        Recipient(person.id, own.name, person.email, person.language)
        for person, own in people
        if person.email is not None
    ]


def is_suspended(party: Person | Organisation, now: datetime) -> bool:
    """Whether this party may neither offer nor borrow at this moment; somebody who has gone may not, either."""
    if isinstance(party, Person) and party.erased_at is not None:
        return True
    return rules.is_suspended(party.suspended_at, until=party.suspended_until, now=now)


def _recognised(party: rules.PartySeen, reading: Reading) -> bool:
    return party.recognition is not None and rules.is_recognised(
        party.recognition, valid_until=party.valid_until, now=reading.now
    )
