"""The form in which one says what one has or needs: its fields as a command, and a listing as its fields."""

from collections.abc import Mapping
from typing import Any, Final

from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message
from app.listings import service as listings
from app.listings.schemas import ExactPlace, HoursBody, ListingRead, Timetable
from app.web import access, courses, weeks
from app.web.forms import Form
from app.web.loan_forms import minor
from app.web.visits import Visit

BILLING: Final = ("per_booking", "started_hour", "started_24h", "calendar_day", "night")
_CURRENCY: Final = "EUR"
_HOUR: Final = 60
_DAY: Final = 24 * 60
_PLACE: Final = ("street", "postal_code", "locality", "district")
_LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "space": ("furnishings", "furnishings"),
    "know_how": ("topics", "topics"),
    "time": ("tasks", "topics"),
}
"""For each kind that says more: the list it has, and the field of the form in which it is written."""
FIELD_OF: Final[Mapping[str, str]] = {
    "place": "district",
    "tariffs": "amount",
    "wanted": "from_day",
    "limits": "longest",
    "hours": "monday-17",
    "know_how": "date-0_day",
    "starts_at": "from_day",
    "ends_at": "until_day",
}
"""Where in the form one mends what is wrong with a part of the command."""


def values_of(visit: Visit, form: Form, kind: str) -> dict[str, Any]:
    """What new listings and edited ones say alike."""
    return {
        "title": form.get("title", ""),
        "description": form.get("description", ""),
        "category": form.get("category"),
        "tags": _listed(form.get("tags", "")),
        "place": _place(visit, form),
        **(_wanted(visit, form) if form.get("purpose") == "want" else _offered(visit, form, kind)),
    }


_SAID_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "tariffs": ("pricing", "amount", "reduced", "billing_unit"),
    "deposit": ("deposit",),
    "limits": ("longest", "longest_unit", "lead_hours"),
    "cancellation": ("cancel_hours",),
}
"""Parts of a listing that can say more than the form can show, and the fields in which it shows them."""


def changed_of(visit: Visit, form: Form, found: ListingRead) -> dict[str, Any]:
    """What an edit says anew: what the form shows in rough is left as it is, unless somebody has touched it."""
    before = fields_of(visit, found, None)
    values = values_of(visit, form, found.kind)
    untouched = {
        part for part, names in _SAID_BY.items() if all(form.get(one) == before.get(one) for one in names)
    }
    return {name: value for name, value in values.items() if name not in untouched}


def _offered(visit: Visit, form: Form, kind: str) -> dict[str, Any]:
    values = {
        "units": form.integer("units") or 1,
        "min_units": form.integer("min_units") or 1,
        "tariffs": _tariffs(form),
        "deposit": _money(form, "deposit"),
        "min_age": form.integer("min_age"),
        "terms": form.get("terms", ""),
        "audience": form.get("audience", "everyone"),
        "audience_organisation_id": form.get("organisation_id")
        if form.get("audience") == "members_of"
        else None,
        "cancellation": {"hours_before": form.integer("cancel_hours")},
        "limits": _limits(form, kind),
        **_details(visit, form, kind),
    }
    return values | {name: form[name] for name in ("booking_mode", "federation") if name in form}


def _wanted(visit: Visit, form: Form) -> dict[str, Any]:
    starts_at, ends_at = form.instant("from", visit.zone), form.instant("until", visit.zone)
    return {
        "wanted": {
            "starts_at": starts_at and starts_at.isoformat(),
            "ends_at": ends_at and ends_at.isoformat(),
            "units": form.integer("units") or 1,
        }
    }


def _place(visit: Visit, form: Form) -> dict[str, Any]:
    """Where it is: as written; the point from the browser, else the middle of the part of town."""
    said: dict[str, Any] = {name: form.get(name) for name in _PLACE}
    if "near" in form:
        lat, _, lon = form["near"].partition(",")
        return said | {"lat": _degrees(lat), "lon": _degrees(lon)}
    if form.get("district") == form.get("district_before") and form.get("locality") == form.get(
        "locality_before"
    ):
        return said
    name = form.get("district") or form.get("locality")
    point = listings.place_called(visit.reading, name) if name else None
    return said | {"lat": point and point.lat, "lon": point and point.lon}


def _degrees(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _tariffs(form: Form) -> list[dict[str, Any]] | None:
    match form.get("pricing", "free"):
        case "by_arrangement":
            return None
        case "tariff":
            unit = form.get("billing_unit", BILLING[0])
            named = (
                ("regular", minor(form, "amount", _CURRENCY) or 0),
                ("reduced", minor(form, "reduced", _CURRENCY)),
            )
            return [
                {"tariff": name, "billing_unit": unit, "amount_minor": amount}
                for name, amount in named
                if amount is not None
            ]
        case _:
            return []


def _money(form: Form, name: str) -> dict[str, Any] | None:
    amount = minor(form, name, _CURRENCY)
    return {"amount_minor": amount} if amount else None


def _limits(form: Form, kind: str) -> dict[str, Any]:
    longest, lead = form.integer("longest"), form.integer("lead_hours")
    unit = _DAY if form.get("longest_unit", "day" if kind == "equipment" else "hour") == "day" else _HOUR
    found = {"max_minutes": longest * unit} if longest else {}
    return found | ({"lead_minutes": lead * _HOUR} if lead is not None else {})


def _details(visit: Visit, form: Form, kind: str) -> dict[str, Any]:
    if kind not in _LISTS:
        return {}
    name, field = _LISTS[kind]
    said: dict[str, Any] = {name: _listed(form.get(field, ""))}
    if kind == "space":
        said |= {"capacity": form.integer("capacity"), "area_m2": form.integer("area_m2")}
        said |= {"access_notes": form.get("access_notes")}
        said[name] = list(dict.fromkeys([*form.all("access_words"), *said[name]]))
    if kind == "know_how":
        said |= courses.details(form, visit.zone)
    return {kind: said}


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def hours_of(form: Form, kind: str, before: Timetable | None = None) -> dict[str, Any]:
    """The painted week, the lines below it, and what holds for a part of the year; nothing at all is any time."""
    try:
        lines = list(weeks.written(form.get("other_hours", "")))
    except ValueError as unread:
        detail = message("“{line}” cannot be read: a line is like “Monday 22:00 – 2:00”.", line=str(unread))
        raise Invalid(FieldError("other_hours", detail)) from None
    weekly = weeks.painted(form.all("hours")) + lines + weeks.seasonal(before)
    return {"pick_up" if kind == "equipment" else "opening": {"weekly": weekly} if weekly else None}


def repainted(hours: HoursBody, form: Form, kind: str, language: str) -> dict[str, Any] | None:
    """The hours with the week said anew; None where nobody has changed it."""
    name = "pick_up" if kind == "equipment" else "opening"
    before = hours.pick_up if kind == "equipment" else hours.opening
    lines = form.get("other_hours", "").split()
    if (
        set(form.all("hours")) == weeks.squares(before)
        and lines == weeks.lines(before, language=language).split()
    ):
        return None
    said = hours.model_dump(mode="json", include=set(HoursBody.model_fields))
    table = hours_of(form, kind, before)[name]
    return said | {name: table and {**table, "exceptions": (said[name] or {}).get("exceptions", [])}}


def fields_of(visit: Visit, found: ListingRead, place: ExactPlace | None) -> dict[str, Any]:
    """A listing as the fields of the form."""
    limits, deposit = found.limits, found.deposit
    unit = "day" if limits.max_minutes % _DAY == 0 else "hour"
    said: dict[str, Any] = {
        **{
            name: getattr(found, name)
            for name in ("purpose", "kind", "title", "description", "category", "units")
        },
        **{
            name: getattr(found, name)
            for name in ("min_units", "terms", "min_age", "booking_mode", "federation")
        },
        "tags": ", ".join(found.tags),
        "audience": found.audience,
        "deposit": deposit and _written(deposit.amount_minor),
        "cancel_hours": found.cancellation.hours_before,
        "longest": limits.max_minutes // (_DAY if unit == "day" else _HOUR),
        "longest_unit": unit,
        "lead_hours": limits.lead_minutes // _HOUR,
        **_price_fields(found),
        **_detail_fields(found),
        **(place_fields(place) if place else {}),
    }
    if found.wanted:
        begins, ends = (at.astimezone(visit.zone) for at in (found.wanted.starts_at, found.wanted.ends_at))
        said |= {"from_day": f"{begins:%Y-%m-%d}", "from_time": f"{begins:%H:%M}"}
        said |= {"until_day": f"{ends:%Y-%m-%d}", "until_time": f"{ends:%H:%M}", "units": found.wanted.units}
    return {name: str(value) for name, value in said.items() if value not in (None, "")}


def place_fields(place: ExactPlace) -> dict[str, Any]:
    said = {name: getattr(place, name) for name in _PLACE}
    point = f"{place.lat},{place.lon}" if place.lat is not None else None
    return said | {"district_before": place.district, "locality_before": place.locality, "near": point}


def _price_fields(found: ListingRead) -> dict[str, Any]:
    if found.tariffs is None:
        return {"pricing": "by_arrangement"}
    if not found.tariffs:
        return {"pricing": "free"}
    amounts = {one.tariff.value: _written(one.amount_minor) for one in found.tariffs}
    unit = found.tariffs[0].billing_unit
    return {
        "pricing": "tariff",
        "amount": amounts.get("regular"),
        "reduced": amounts.get("reduced"),
        "billing_unit": unit,
    }


def _detail_fields(found: ListingRead) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if found.space:
        rest = [one for one in found.space.furnishings if one not in access.ticked(found)]
        said = {"capacity": found.space.capacity, "area_m2": found.space.area_m2}
        said |= {"access_notes": found.space.access_notes, "furnishings": ", ".join(rest)}
    if found.know_how:
        said = {"topics": ", ".join(found.know_how.topics), "form": found.know_how.form.value}
        said["access"] = found.know_how.access
    if found.time:
        said["topics"] = ", ".join(found.time.tasks)
    return said


def _written(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02}"
