"""Who reads: the signed-in person, for themself and for organisations that they speak for."""

from uuid import UUID

from app.kernel.actor import Actor, ActorKind
from app.kernel.problems import SignInNeeded
from app.kernel.unit_of_work import Reading


def reader(reading: Reading) -> UUID:
    """The signed-in person."""
    if reading.actor.kind is not ActorKind.PERSON or reading.actor.id is None:
        raise SignInNeeded
    return reading.actor.id


def spoken_for(actor: Actor) -> frozenset[UUID]:
    """Whose letters somebody may read: their own, and those of organisations that they still speak for."""
    return frozenset(party for party in actor.parties if actor.speaks_for(party))
