"""Who may do what with a listing. Pure."""

from uuid import UUID

from app.kernel.actor import Actor, ActorKind


def may_edit(actor: Actor, provider_id: UUID | None) -> bool:
    """Providers, those who manage them, staff, and the house itself."""
    return actor.speaks_for(provider_id) or is_house(actor)


def may_see_private(actor: Actor, provider_id: UUID | None) -> bool:
    """Why it is closed and the like: everybody on the provider's side, and staff."""
    return actor.belongs_to(provider_id) or is_house(actor)


def is_house(actor: Actor) -> bool:
    """The instance itself, or somebody it entrusts."""
    return actor.is_staff or actor.kind is ActorKind.SYSTEM
