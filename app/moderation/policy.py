"""Who may judge, and who may object. Pure: ids and values, no rows."""

from uuid import UUID

from app.kernel.actor import Actor, ActorKind
from app.moderation.rules import MEASURES, Action


def is_staff(actor: Actor) -> bool:
    """Whom the instance entrusts, and its operator at the command line."""
    return actor.is_staff or actor.kind is ActorKind.SYSTEM


def may_judge(actor: Actor, party_id: UUID | None) -> bool:
    """Staff judge, but never a case of their own, nor one of an organisation that they belong to."""
    return is_staff(actor) and not actor.belongs_to(party_id)


def may_judge_again(actor: Actor, *, decided_by: UUID | None, others: bool) -> bool:
    """An objection is judged by somebody else on the staff, where there is anybody else."""
    return actor.id is None or actor.id != decided_by or not others


def may_object(actor: Actor, *, party_id: UUID | None, reporter_id: UUID | None, last: Action | None) -> bool:
    """Whom a measure hits may object to it, and who reported something to its being dismissed."""
    if last in MEASURES:
        return actor.speaks_for(party_id)
    return last is Action.DISMISS and actor.kind is ActorKind.PERSON and actor.id == reporter_id
