"""What a step's form says, as the command that the lifecycle takes; and what stands in it before anybody types."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.bookings.schemas import (
    Attendance,
    BookingRead,
    ChangeRead,
    Correction,
    HandOver,
    Minutes,
    NewTerms,
    Settlement,
    Step,
    TermsRead,
    WhatHappened,
)
from app.kernel.languages import translate
from app.kernel.money import exponent
from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message
from app.web.forms import Form, command

AS_IT_SHOULD: Final = message("Everything is as it should be.")
PLACED: Final = frozenset(
    {
        "starts_at_day", "starts_at_time", "ends_at_day", "ends_at_time", "units", "amount_minor", "place_note",
        "condition", "note", "deposit", "code", "minutes", "attended", "reason", "text", "kept_minor",
    }
)  # fmt: skip
"""Fields beside which their refusals stand; all others are told above the form."""
_DEFAULT_CURRENCY: Final = "EUR"

Says = Callable[[Form, BookingRead, ZoneInfo, str], dict[str, Any]]


def step_of(action: str, form: Form, booking: BookingRead, *, zone: ZoneInfo, language: str) -> Step:
    """The command of a step's form; raises Invalid by the names of the form's fields."""
    kind, says = _KINDS.get(action, (Step, None))
    values: dict[str, Any] = {name: form[name] for name in ("reason", "note") if name in form}
    if says:
        values |= says(form, booking, zone, language)
    return command(kind, values)


def correction_of(form: Form) -> Correction:
    """What a record should have said."""
    photos = form.all("photo_ids")
    return command(Correction, {"condition": form.get("condition"), "photo_ids": photos or None})


def _new_terms(form: Form, booking: BookingRead, zone: ZoneInfo, _language: str) -> dict[str, Any]:
    """What is as it was is not said: people who look at a form change only what they mean."""
    values: dict[str, Any] = {
        "starts_at": _moved(form, "starts_at", booking.starts_at, zone),
        "ends_at": _moved(form, "ends_at", booking.ends_at, zone),
        "units": form.integer("units"),
        "place_note": form.get("place_note"),
        "condition": form.get("terms"),
    }
    currency = booking.total.currency if booking.total else _DEFAULT_CURRENCY
    amount = minor(form, "amount_minor", currency)
    if not (booking.total and amount == booking.total.amount_minor):
        values["amount_minor"] = amount
    return values


def _moved(form: Form, name: str, before: datetime, zone: ZoneInfo) -> str | None:
    if name in form:  # the one tap of `answers`
        return form[name]
    said = form.instant(name, zone)
    same = said is not None and said == before.replace(second=0, microsecond=0)
    return None if said is None or same else said.isoformat()


def _record(form: Form, _booking: BookingRead, _zone: ZoneInfo, language: str) -> dict[str, Any]:
    usual = translate(AS_IT_SHOULD, language) if "as_it_should" in form else None
    return {
        "units": form.integer("units"),
        "condition": form.get("condition", usual),
        "code": form["code"].replace(" ", "") if "code" in form else None,
        "photo_ids": form.all("photo_ids"),
    }


def _hand_over(form: Form, booking: BookingRead, zone: ZoneInfo, language: str) -> dict[str, Any]:
    said = _record(form, booking, zone, language)
    if booking.deposit and "deposit_taken" in form:
        amount = minor(form, "deposit", booking.deposit.currency)
        said["deposit"] = {
            "amount_minor": booking.deposit.amount_minor if amount is None else amount,
            "currency": booking.deposit.currency,
        }
    return said


def _take_back(form: Form, booking: BookingRead, zone: ZoneInfo, language: str) -> dict[str, Any]:
    said = _record(form, booking, zone, language)
    if booking.deposit and "deposit_back" in form:
        said["deposit"] = {
            "amount_minor": deposit_left(booking),
            "currency": booking.deposit.currency,
            "kept_minor": minor(form, "kept_minor", booking.deposit.currency) or 0,
            "kept_reason": form.get("kept_reason"),
        }
    return said


_KINDS: Final[Mapping[str, tuple[type[Step], Says | None]]] = MappingProxyType(
    {
        "counter": (NewTerms, _new_terms),
        "propose-change": (NewTerms, _new_terms),
        "hand-over": (HandOver, _hand_over),
        "take-back": (HandOver, _take_back),
        "did-not-happen": (WhatHappened, lambda form, *_: _given(form, "outcome")),
        "settle": (Settlement, lambda form, *_: _given(form, "outcome")),
        "report": (Minutes, lambda form, *_: {"minutes": form.integer("minutes")}),
        "record-attendance": (Attendance, lambda form, *_: {"attended": form.integer("attended")}),
    }
)


def _given(form: Form, name: str) -> dict[str, Any]:
    return {name: form[name]} if name in form else {}


def minor(form: Form, name: str, currency: str) -> int | None:
    """An amount of money as people write it, with a comma or a point; raises Invalid for anything else."""
    if name not in form:
        return None
    try:
        whole = Decimal(form[name].replace(",", ".").strip("€ ")).scaleb(exponent(currency))
        cents = int(whole)
    except (ArithmeticError, ValueError):
        cents, whole = 0, Decimal("NaN")
    if whole != cents:
        raise Invalid(FieldError(name, message("Please give an amount such as 12.50.")))
    return cents


def deposit_left(booking: BookingRead) -> int:
    """How much of the deposit the provider still has: what was noted as taken, less what was given back or kept."""
    corrected = {record.corrects_id for record in booking.records}
    newest = [record for record in booking.records if record.id not in corrected and record.deposit]
    taken = [
        record.deposit["amount_minor"] for record in newest if record.deposit and record.kind == "hand_over"
    ]
    back = [record.deposit["amount_minor"] for record in newest if record.deposit and record.kind == "return"]
    agreed = booking.deposit.amount_minor if booking.deposit else 0
    return int((sum(taken) if taken else agreed) - sum(back))


@dataclass(frozen=True)
class Differing:
    """Two sets of terms, beside each other: what stood before, if it is known, and what is offered."""

    before: TermsRead | None
    after: ChangeRead
    condition: str | None = None


def offered(booking: BookingRead) -> Differing | None:
    """The terms on the table, and what they would change."""
    if booking.change:
        standing = TermsRead(
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            units=booking.units,
            place_note=booking.place_note,
            condition=booking.condition,
            price=booking.total,
        )
        return Differing(standing, booking.change)
    if booking.counter:
        told: Sequence[TermsRead] = [event.terms for event in booking.events if event.terms]
        return Differing(told[-2] if len(told) > 1 else None, booking.counter, booking.counter.condition)
    return None


def as_typed(booking: BookingRead, zone: ZoneInfo) -> dict[str, str]:
    """The times of a booking as the fields of a form show them."""
    begins, ends = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    return {
        "starts_at_day": f"{begins:%Y-%m-%d}",
        "starts_at_time": f"{begins:%H:%M}",
        "ends_at_day": f"{ends:%Y-%m-%d}",
        "ends_at_time": f"{ends:%H:%M}",
    }
