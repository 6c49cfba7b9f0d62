"""One word, one meaning: how the fields of listings are explained, wherever they come in or go out."""

from typing import Any, Final

from pydantic import ConfigDict

from app.api.schemas import Command, ReadModel

MEANINGS: Final = {
    "acknowledge_conflicts": "Close although there are bookings.",
    "alt": "What can be seen, in words.",
    "amount_minor": "In minor units of the currency: 1250 is 12.50 EUR.",
    "answer_hours": "A request lapses after so many hours without an answer.",
    "area_m2": "In square metres.",
    "asks_per_week": "How many asks a week are welcome; null: any number.",
    "audience": "Whom it is for.",
    "audience_organisation_id": "The organisation of the audience `members_of`.",
    "billing_count": "How many billing units the time comes to.",
    "billing_unit": "What is counted.",
    "bookable": "Whether nothing speaks against it.",
    "booking_mode": "Whether the provider is asked first.",
    "buffer_after_minutes": "Kept free after a booking.",
    "buffer_before_minutes": "Kept free before a booking.",
    "cancellation": "Until when the borrower may cancel early.",
    "capacity": "How many people fit in.",
    "category": "A slug of `/api/v1/categories`.",
    "children": "The categories below.",
    "close_reason": "How it ended; null before that.",
    "closed_days_between": "Whether a loan may span days without any window; null: as usual for the kind.",
    "closes": "Local time of day; at or before `opens` it is the next day's, `24:00` is midnight at the end.",
    "closures": "When some or all units are unavailable.",
    "created_at": "When it was made.",
    "currency": "ISO 4217.",
    "date": "A local date.",
    "deposit": "Per unit; not part of the price.",
    "description": "What should be known about it; a safe subset of Markdown.",
    "distance_km": "From `near`; null without one, or without a point.",
    "district": "The part of town.",
    "ends_at": "Until when; that moment is not included.",
    "except_on": "Local dates on which a recurring closure does not take place.",
    "exceptions": "Days that differ.",
    "expires_at": "When it disappears unless renewed; null while it never appeared.",
    "federation": "How far it travels: `none`, `listed` at partners, or `bookable` from there.",
    "filled_units": "How many have been found.",
    "form": "How it is passed on.",
    "free_units": "How many units are free the whole time.",
    "fresh_at": "When its instance was last heard; null for our own.",
    "furnishings": "What is in the room.",
    "horizon_days": "How many days ahead a start may lie.",
    "hours": "Hand-over hours of equipment, opening hours of the rest.",
    "hours_before": "Hours before the start; null: until the start.",
    "id": "Its id.",
    "instance": "The instance it comes from.",
    "items": "One page of what was found.",
    "kind": "What kind it is.",
    "kinds": "The kinds of listings it is meant for; none: any.",
    "know_how": "For the kind `know_how`.",
    "label": "Its name in the language asked for.",
    "language": "The language it is written in (BCP 47).",
    "lat": "Latitude in degrees (WGS 84).",
    "lead_minutes": "How long before the start a request must come.",
    "level": "For whom: beginners, everybody.",
    "limits": "How long, how soon, how far ahead, how much room around; null: as usual for the kind.",
    "locality": "The town.",
    "lon": "Longitude in degrees (WGS 84).",
    "max_minutes": "The longest time.",
    "min_minutes": "The shortest time.",
    "min_units": "Fewer are not given out at a time.",
    "name": "Its public name.",
    "next_free": "The same clock times on the next day that would do, within 60 days; null when there is none.",
    "open": "Whether the hours allow hand-over (equipment) or use (the rest).",
    "opening": "When spaces, people and experts are available; null: at any time.",
    "opens": "Local time of day.",
    "organisation_id": "The organisation in whose name one acts; null: oneself.",
    "origin": "The instance it comes from.",
    "overnight": "Whether only start and end must lie in the opening hours; null: as usual for the kind.",
    "photos": "Pictures, in the provider's order.",
    "pick_up": "When equipment is handed over; null: at any time.",
    "place": "Where it is.",
    "postal_code": "Private until there is a promise.",
    "precision_m": "How far off the point may be, in metres; null where there is none.",
    "price": "The whole price without the deposit; null when free or by arrangement.",
    "pricing": "How it is paid for, if at all.",
    "provider": "Who offers or needs it.",
    "purpose": "Offered or wanted.",
    "reason": "Why; null for those who need not know.",
    "reasons": "Everything that speaks against it.",
    "recognised": "Whether it is recognised to serve the common good.",
    "recurrence": "How it recurs in local time: FREQ, INTERVAL, BYDAY, COUNT, UNTIL of an RRULE (RFC 5545).",
    "request_holds": "Whether a request that waits for its answer holds units.",
    "returns": "When equipment is taken back; null: as for `pick_up`.",
    "sessions": "The meetings of a course.",
    "show_exact": "Show the exact point to everybody; for organisations.",
    "slug": "Its stable name.",
    "space": "For the kind `space`.",
    "starts_at": "From when.",
    "state": "Where it is in its life.",
    "step_minutes": "Starts and lengths come in steps, counted from the opening of the window.",
    "steps": "Without gaps from the beginning of the range to its end.",
    "street": "Private until there is a promise.",
    "tags": "Free words.",
    "tariff": "Whom the price is for; `reduced` is for recognised organisations.",
    "tariffs": "Empty: free of charge. null: by arrangement.",
    "tasks": "What somebody likes to do.",
    "terms": "The provider's own terms.",
    "time": "For the kind `time`.",
    "title": "In a few words.",
    "topics": "What can be learned.",
    "units": "How many.",
    "updated_at": "When it was last edited.",
    "url": "Where it can be read.",
    "valid_from": "The first local date on which the window holds; null: since ever.",
    "valid_until": "The last local date on which the window holds; null: for ever.",
    "version": "Goes up with every edit.",
    "visibility": "Who sees the reason.",
    "wanted": "When something is needed, and how many; for wants.",
    "weekday": "The day on which the window opens.",
    "weekly": "The windows of a week.",
    "windows": "The windows of that day; none closes it.",
    "zone": "IANA zone of the place.",
}
"""The glossary of this room's wire; a field explains itself only where it means something more special."""


def explain(schema: dict[str, Any]) -> None:
    """Give every property without words of its own those of the glossary."""
    for name, said in schema.get("properties", {}).items():
        if name in MEANINGS and "$ref" not in said:
            said.setdefault("description", MEANINGS[name])


class ListingCommand(Command):
    """Input of this room."""

    model_config = ConfigDict(json_schema_extra=explain)


class ListingView(ReadModel):
    """Output of this room."""

    model_config = ConfigDict(json_schema_extra=explain)
