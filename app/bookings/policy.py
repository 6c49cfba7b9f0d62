"""Who is on which side of a booking, and who may see it. Pure: ids and values, no rows."""

from dataclasses import dataclass
from uuid import UUID

from app.bookings.rules.words import Role
from app.kernel.actor import Actor, ActorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The two sides of a booking, as far as they live here.

    A remote borrower has no `borrower_id` but a `borrower_partner_id`: their instance speaks for them. A
    provider who lives elsewhere is nobody here: what they do is read from their instance's feed.
    `had_case` opens the booking to staff; without a case it is none of their business.
    """

    borrower_id: UUID | None = None
    provider_id: UUID | None = None
    borrower_partner_id: UUID | None = None
    had_case: bool = False


def roles_of(actor: Actor, parties: Parties) -> frozenset[Role]:
    """As whom this actor may act: persons for themselves and for organisations they own or manage."""
    if actor.kind is ActorKind.SYSTEM:
        return frozenset({Role.CLOCK})
    if actor.kind is ActorKind.PARTNER:
        ours = actor.id is not None and actor.id == parties.borrower_partner_id
        return frozenset({Role.BORROWER}) if ours else frozenset()
    roles = {
        Role.BORROWER: actor.speaks_for(parties.borrower_id),
        Role.PROVIDER: actor.speaks_for(parties.provider_id),
        Role.MODERATOR: actor.is_staff and parties.had_case,
    }
    return frozenset(role for role, plays in roles.items() if plays)


def may_see(actor: Actor, parties: Parties) -> bool:
    """Whoever acts on it sees it, and so does every member of an organisation that is one of its sides."""
    return bool(roles_of(actor, parties)) or any(
        actor.belongs_to(party) for party in (parties.borrower_id, parties.provider_id)
    )


def may_override(actor: Actor, provider_id: UUID | None) -> bool:
    """Whether the actor may set aside what a listing asks for (T9): whoever speaks for its provider, and staff."""
    return actor.speaks_for(provider_id) or actor.is_staff


def may_ask_for(actor: Actor, borrower_id: UUID) -> bool:
    """Whether the actor may promise something in this party's name."""
    return actor.speaks_for(borrower_id)
