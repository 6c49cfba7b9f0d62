"""Who stands on which side, and who may see: a truth table."""

from uuid import UUID

import pytest

from app.accounts import service as accounts
from app.bookings.policy import Parties, may_ask_for, may_see, roles_of
from app.bookings.routes.bookings import ACTIONS
from app.bookings.rules.words import Role
from app.kernel.actor import NOBODY, SYSTEM, Actor, ActorKind, MemberRole, StaffRole
from tests.factories.accounts import signed_in_person

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


def test_who_may_only_look_may_take_no_step_and_who_has_left_sees_nothing(street, instance):
    choir = street.client.post("/api/v1/organisations", json={"name": "Choir"}, headers=street.ben.headers)
    member, left = street.stranger, signed_in_person(instance, "Cora")
    with instance.transactions.writing(SYSTEM) as work:
        for who, role in ((member, MemberRole.MEMBER), (left, MemberRole.MANAGER)):
            accounts.admit(work, UUID(choir.json()["id"]), who.id, role)
    promised = street.promised(street.offer(organisation_id=choir.json()["id"]))
    path, address = f"/api/v1/bookings/{promised['id']}", choir.headers["location"]
    assert street.client.get(path, headers=left.headers).status_code == 200
    gone = street.client.delete(f"{address}/members/{left.id}", headers=street.ben.headers)
    assert gone.status_code == 204

    said = {"report": {"minutes": 60}, "counter": {"units": 1}, "propose-change": {"units": 1}}
    tried = {
        who.name: {
            street.act(action, promised, who, **said.get(action, {})).status_code for action in ACTIONS
        }
        for who in (member, left)
    }
    looked = {
        who.name: {
            street.client.get(f"{path}{part}", headers=who.headers).status_code
            for part in ("", "/messages", "/calendar.ics")
        }
        for who in (member, left)
    }

    assert tried == {"Stranger": {403}, "Cora": {404}}
    assert looked == {"Stranger": {200}, "Cora": {404}}
