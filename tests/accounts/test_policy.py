"""Who may do what about organisations: the truth table."""

from uuid import UUID

import pytest

from app.accounts import policy
from app.kernel.actor import NOBODY, Actor, ActorKind, MemberRole, StaffRole

CLUB, OTHER_CLUB, ME, YOU = (UUID(int=number) for number in range(1, 5))
MEMBER, MANAGER, OWNER = MemberRole.MEMBER, MemberRole.MANAGER, MemberRole.OWNER


def person(role=None, staff=None, at=CLUB):
    return Actor(ActorKind.PERSON, ME, staff=staff, memberships={at: role} if role else {})


ACTORS = {
    "nobody": NOBODY,
    "stranger": person(),
    "owner elsewhere": person(OWNER, at=OTHER_CLUB),
    "member": person(MEMBER),
    "manager": person(MANAGER),
    "owner": person(OWNER),
    "moderator": person(staff=StaffRole.MODERATOR),
    "admin": person(staff=StaffRole.ADMIN),
    "moderating owner": person(OWNER, staff=StaffRole.MODERATOR),
}

EDIT = {"manager", "owner", "admin", "moderating owner"}
LOOK_INSIDE = EDIT | {"member", "moderator"}
DECIDE = {"moderator", "admin"}
MANAGED = {"manager", "owner", "admin", "moderating owner"}
OWNED = {"owner", "admin", "moderating owner"}
ROLE_CHANGES = {
    (None, MEMBER): MANAGED,
    (None, MANAGER): OWNED,
    (None, OWNER): OWNED,
    (MEMBER, None): MANAGED,
    (MEMBER, MANAGER): OWNED,
    (MEMBER, OWNER): OWNED,
    (MANAGER, MEMBER): OWNED,
    (MANAGER, None): OWNED,
    (MANAGER, OWNER): OWNED,
    (OWNER, MANAGER): OWNED,
    (OWNER, MEMBER): OWNED,
    (OWNER, None): OWNED,
}


@pytest.mark.parametrize("name", ACTORS)
def test_who_may_edit_look_inside_and_decide(name):
    actor = ACTORS[name]

    assert policy.may_edit(actor, CLUB) is (name in EDIT)
    assert policy.may_look_inside(actor, CLUB) is (name in LOOK_INSIDE)
    assert policy.may_decide_on_recognition(actor, CLUB) is (name in DECIDE)


@pytest.mark.parametrize(("before", "after"), ROLE_CHANGES)
@pytest.mark.parametrize("name", ACTORS)
def test_who_may_change_somebody_elses_role(name, before, after):
    allowed = policy.may_change_role(ACTORS[name], CLUB, person_id=YOU, before=before, after=after)

    assert allowed is (name in ROLE_CHANGES[before, after])


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        (OWNER, MANAGER, True),
        (MANAGER, MEMBER, True),
        (MEMBER, None, True),
        (MANAGER, None, True),
        (MEMBER, MANAGER, False),
        (MANAGER, OWNER, False),
        (None, MEMBER, False),
    ],
)
def test_everybody_may_give_up_a_role_and_nobody_take_one(before, after, allowed):
    me = person(before)

    assert policy.may_change_role(me, CLUB, person_id=ME, before=before, after=after) is allowed
