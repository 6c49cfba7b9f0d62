"""What may be said about a deposit in a hand-over or return record."""

from dataclasses import dataclass
from typing import Final

from app.bookings.rules.words import RecordKind
from app.kernel.money import Money
from app.kernel.problems import FieldError
from app.kernel.text import Message, message

_NONE_AGREED: Final = message("No deposit was agreed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """One record's word on the deposit: the amount it is about, and what of it is kept."""

    amount: Money
    kept_minor: int = 0
    kept_reason: str | None = None


def faults(
    kind: RecordKind, said: Deposited, *, agreed: Money | None, taken: int | None, given_back: int
) -> list[FieldError]:
    """Everything wrong with it. `taken` is what was noted at the hand-over (None: nothing), `given_back` until now."""
    if agreed is None:
        return [_fault("amount_minor", _NONE_AGREED)]
    found = []
    if said.amount.currency != agreed.currency:
        found.append(
            _fault("currency", message("The deposit was agreed in {currency}.", currency=agreed.currency))
        )
    most = agreed.amount_minor
    if kind is RecordKind.RETURN:
        most = (most if taken is None else taken) - given_back
    if said.amount.amount_minor > most:
        found.append(_fault("amount_minor", message("That is more than the deposit that is left.")))
    return found + _kept_faults(kind, said)


def _kept_faults(kind: RecordKind, said: Deposited) -> list[FieldError]:
    found = []
    if kind is RecordKind.HAND_OVER and (said.kept_minor or said.kept_reason):
        found.append(_fault("kept_minor", message("Nothing is kept at the hand-over.")))
    elif said.kept_minor > said.amount.amount_minor:
        found.append(_fault("kept_minor", message("No more can be kept than there was.")))
    elif said.kept_minor and not said.kept_reason:
        found.append(_fault("kept_reason", message("Please say why it is kept.")))
    return found


def _fault(name: str, detail: Message) -> FieldError:
    return FieldError(f"/deposit/{name}", detail)
