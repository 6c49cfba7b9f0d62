"""How the exchange with a partner goes, in one look: for staff, and for the operator at the command line."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.federation import repository
from app.federation.schemas import ExchangeAlarm, PartnerExchangeRead, QuarantinedRead
from app.federation.tables import Partner, PartnerFeed
from app.kernel.unit_of_work import Reading

HELD_FOR: Final = timedelta(hours=24)
"""How long a suspiciously large removal waits for people."""
MISMATCHES_BORNE: Final = 3
_SHOWN: Final = 50


def exchange(reading: Reading, partner: Partner) -> Sequence[PartnerExchangeRead]:
    """Each feed we read of this partner: when last, how far behind, what was put aside, what is held, and why."""
    return [_read(reading, feed) for feed in repository.reading_of(reading.session, partner.id)]


def _read(reading: Reading, feed: PartnerFeed) -> PartnerExchangeRead:
    aside, count = repository.quarantined(reading.session, feed.partner_id, feed.kind, limit=_SHOWN)
    return PartnerExchangeRead(
        kind=feed.kind,
        mode=feed.mode,
        read_at=feed.read_at,
        lag_seconds=None if feed.read_at is None else int((reading.now - feed.read_at).total_seconds()),
        backlog=max(0, feed.head_told - feed.last_seq),
        failures=feed.failures,
        failing_since=feed.failing_since,
        next_try_at=feed.next_try_at,
        last_error=feed.last_error,
        held_since=feed.held_since,
        held_until=feed.held_since and feed.held_since + HELD_FOR,
        held_removals=feed.held_removals,
        entries=feed.active,
        quarantined=count,
        quarantine=[
            QuarantinedRead(
                id=entry.item_id, what=entry.refused_what, why=entry.refused or "", since=entry.refused_since
            )
            for entry in aside
        ],
        alarms=_alarms(feed),
    )


def _alarms(feed: PartnerFeed) -> list[ExchangeAlarm]:
    told = {
        ExchangeAlarm.REMOVALS_HELD: feed.held_since is not None,
        ExchangeAlarm.OVER_QUOTA: feed.over_quota_since is not None,
        ExchangeAlarm.CHURN: feed.churning_since is not None,
        ExchangeAlarm.DIFFERS: feed.mismatches >= MISMATCHES_BORNE,
    }
    return [alarm for alarm, sounds in told.items() if sounds]
