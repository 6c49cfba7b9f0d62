"""Who may do what about organisations and their members. Pure: ids and values, no rows."""

from typing import Final
from uuid import UUID

from app.kernel.actor import Actor, ActorKind, MemberRole, StaffRole

_RANK: Final = {None: 0, MemberRole.MEMBER: 1, MemberRole.MANAGER: 2, MemberRole.OWNER: 3}


def may_edit(actor: Actor, organisation_id: UUID) -> bool:
    """Owners and managers speak for an organisation; an admin may help out."""
    return actor.speaks_for(organisation_id) or actor.staff is StaffRole.ADMIN


def may_look_inside(actor: Actor, organisation_id: UUID) -> bool:
    """Members see who else is one and how recognition stands, and so do staff."""
    return actor.belongs_to(organisation_id) or actor.is_staff


def may_change_role(
    actor: Actor,
    organisation_id: UUID,
    *,
    person_id: UUID | None,
    before: MemberRole | None,
    after: MemberRole | None,
) -> bool:
    """Owners give and take any role, managers only that of a member; everybody may give up what they have.

    `before` or `after` None: the person is not a member yet, or no longer.
    """
    if actor.id is not None and actor.id == person_id and _RANK[after] < _RANK[before]:
        return True
    own = actor.memberships.get(organisation_id)
    if own is MemberRole.OWNER or actor.staff is StaffRole.ADMIN:
        return True
    limit = _RANK[MemberRole.MEMBER]
    return own is MemberRole.MANAGER and _RANK[before] <= limit and _RANK[after] <= limit


def may_decide_on_recognition(actor: Actor, organisation_id: UUID) -> bool:
    """Staff decide, but not about organisations of their own."""
    return actor.is_staff and not actor.belongs_to(organisation_id)


def may_suspend(actor: Actor, party_id: UUID, *, staff: StaffRole | None) -> bool:
    """Staff suspend, but neither themselves nor organisations of their own, and only admins suspend other staff."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    entrusted = actor.is_staff if staff is None else actor.staff is StaffRole.ADMIN
    return entrusted and not actor.belongs_to(party_id)


def may_enter_assisted(actor: Actor) -> bool:
    """Who acts for somebody without e-mail is a matter of trust: the staff enters them."""
    return actor.is_staff or actor.kind is ActorKind.SYSTEM


def may_write_about_instance(actor: Actor) -> bool:
    """Imprint, privacy and house rules are what the operator answers for: admins write them."""
    return actor.staff is StaffRole.ADMIN or actor.kind is ActorKind.SYSTEM
