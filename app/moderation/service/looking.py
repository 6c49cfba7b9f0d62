"""What the staff accounted for, and a region's numbers."""

from typing import Final
from zoneinfo import ZoneInfo

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.kernel import audit
from app.kernel.months import last_months
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.moderation import repository
from app.moderation.schemas import (
    AuditEntryRead,
    AuditQuery,
    MonthNumbers,
    NumbersQuery,
    NumbersRead,
    ShownNumbers,
)
from app.moderation.service.judging import require_staff
from app.moderation.service.showing import somebody

_SOUGHT: Final = ("action", "actor_id", "about_id", "since", "until")


def accounted_for(reading: Reading, query: AuditQuery) -> Page[AuditEntryRead]:
    """Who did what because they are entrusted with the instance, the latest first; for staff."""
    require_staff(reading)
    sought = audit.Sought(**{name: getattr(query, name) for name in _SOUGHT})
    mark = fingerprint(sought)
    before = None
    if query.after:
        (before,) = decode_cursor(query.after, filters=mark, length=1)
        if not isinstance(before, int):
            raise BadCursor
    found = audit.entries(reading.session, sought, before=before, limit=query.limit + 1)
    shown = found[: query.limit]
    names = accounts.party_summaries(reading, {one.actor_id for one in shown if one.actor_id})
    more = encode_cursor([shown[-1].number], filters=mark) if len(found) > query.limit else None
    return Page(
        [
            AuditEntryRead(
                number=one.number,
                at=one.at,
                actor=somebody(names, one.actor_id),
                action=one.action,
                about=one.about,
                about_id=one.about_id,
                why=one.why,
                seal=one.seal,
            )
            for one in shown
        ],
        more,
    )


def numbers(reading: Reading, query: NumbersQuery) -> NumbersRead:
    """What matters for a region, in six queries however much there is; for staff."""
    require_staff(reading)
    months = last_months(reading.now, query.months, ZoneInfo(reading.settings.time_zone))
    here, shared = accounts.residents(reading), listings.numbers(reading, months)
    kept = bookings.numbers(reading, months)
    return NumbersRead(
        people=here.people,
        organisations=here.organisations,
        recognised=here.recognised,
        reports_waiting=repository.count_waiting(reading.session),
        listings=ShownNumbers(
            **{kind.value: count for kind, count in shared.offers.items()}, wants=shared.wants
        ),
        months=[
            MonthNumbers(
                month=month.name,
                loans_kept=loans.kept,
                loans_broken=loans.broken,
                loans_called_off=loans.called_off,
                loans_unreported=loans.unreported,
                wants_met=shared.wants_met[place],
                wants_unmet=shared.wants_unmet[place],
                active_people=loans.people,
                active_organisations=loans.organisations,
            )
            for place, (month, loans) in enumerate(zip(months, kept, strict=True))
        ],
    )
