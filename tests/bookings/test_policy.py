"""Who stands on which side, and who may see: a truth table."""

from uuid import UUID

import pytest

from app.bookings.policy import Parties, may_ask_for, may_see, roles_of
from app.bookings.rules.words import Role
from app.kernel.actor import NOBODY, SYSTEM, Actor, ActorKind, MemberRole, StaffRole

ADA, BEN, CLUB, PARTNER = (UUID(int=number) for number in range(1, 5))
LENT = Parties(borrower_id=ADA, provider_id=CLUB)
LENT_AFAR = Parties(borrower_partner_id=PARTNER, provider_id=CLUB)
DISPUTED = Parties(borrower_id=ADA, provider_id=CLUB, had_case=True)


def person(person_id=BEN, *, role=None, staff=None):
    return Actor(ActorKind.PERSON, person_id, staff, {CLUB: role} if role else {})


@pytest.mark.parametrize(
    ("actor", "parties", "roles", "sees"),
    [
        (person(ADA), LENT, {Role.BORROWER}, True),
        (person(BEN), LENT, set(), False),
        (person(role=MemberRole.OWNER), LENT, {Role.PROVIDER}, True),
        (person(role=MemberRole.MANAGER), LENT, {Role.PROVIDER}, True),
        (person(role=MemberRole.MEMBER), LENT, set(), True),
        (person(ADA, role=MemberRole.MANAGER), LENT, {Role.BORROWER, Role.PROVIDER}, True),
        (person(staff=StaffRole.MODERATOR), LENT, set(), False),
        (person(staff=StaffRole.MODERATOR), DISPUTED, {Role.MODERATOR}, True),
        (person(staff=StaffRole.ADMIN), DISPUTED, {Role.MODERATOR}, True),
        (Actor(ActorKind.PARTNER, PARTNER), LENT_AFAR, {Role.BORROWER}, True),
        (Actor(ActorKind.PARTNER, BEN), LENT_AFAR, set(), False),
        (Actor(ActorKind.PARTNER, ADA), LENT, set(), False),
        (Actor(ActorKind.PARTNER), LENT, set(), False),
        (SYSTEM, LENT, {Role.CLOCK}, True),
        (NOBODY, LENT, set(), False),
        (NOBODY, LENT_AFAR, set(), False),
    ],
)
def test_the_sides_of_a_booking(actor, parties, roles, sees):
    assert roles_of(actor, parties) == roles
    assert may_see(actor, parties) is sees


@pytest.mark.parametrize(
    ("actor", "borrower", "may"),
    [
        (person(ADA), ADA, True),
        (person(ADA), BEN, False),
        (person(role=MemberRole.MANAGER), CLUB, True),
        (person(role=MemberRole.MEMBER), CLUB, False),
        (NOBODY, ADA, False),
    ],
)
def test_only_who_speaks_for_a_party_asks_in_its_name(actor, borrower, may):
    assert may_ask_for(actor, borrower) is may
