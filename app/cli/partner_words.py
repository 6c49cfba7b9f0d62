"""How a partner stands, in sentences for a terminal."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from app.federation.protocol.v1 import Kind
from app.federation.schemas import ExchangeAlarm, PartnerExchangeRead, PartnerRead
from app.federation.service import Alarm, Grant, PartnerState

_FEEDS: Final = {Kind.LISTING: "Their catalogue", Kind.REQUEST: "Our residents' requests there"}
_GRANTS: Final = {Grant.READ_LISTINGS: "read listings", Grant.CREATE_REQUESTS: "ask for them"}
_STANDS: Final[Mapping[str, str]] = {
    PartnerState.PENDING: "has not been confirmed",
    PartnerState.SUSPENDED: "rests",
    PartnerState.ENDED: "has ended",
}
_ALARMS: Final = {
    Alarm.EQUIVOCATION: "Two different key documents of one version: somebody else may hold their key. "
    "Speak with them by another way; end the partnership and pair anew unless it can be explained.",
    Alarm.PROTOCOL: "Their answers broke the protocol many times in a row. Tell them, then resume.",
    Alarm.ROLLBACK: "Their key documents are older than those already known. Speak with them, then resume.",
}
_EXCHANGE_ALARMS: Final = {
    ExchangeAlarm.OVER_QUOTA: "They publish more than a partner may; nothing more is read.",
    ExchangeAlarm.CHURN: "Far more changes there than usual.",
    ExchangeAlarm.DIFFERS: "What we hold differs from what they publish, although it was read again.",
}


def moment(at: datetime) -> str:
    """A time as operators read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def in_one_line(partner: PartnerRead) -> str:
    """Name, state and address."""
    return f"{partner.name}  {partner.state}, {partner.freshness}  {partner.base}  {partner.id}"


def at_a_glance(partner: PartnerRead) -> Iterator[str]:
    """A partner in few lines, one for each feed."""
    yield in_one_line(partner)
    for alarm in _alarms(partner):
        yield f"  ! {alarm}"
    for exchange in partner.exchanges:
        yield f"  {exchange.kind}: {_progress(exchange)}{_trouble(exchange)}"


def in_full(partner: PartnerRead) -> Iterator[str]:
    """All that is known of how the exchange with a partner goes."""
    yield in_one_line(partner)
    yield f"  Instance {partner.instance}, paired {moment(partner.paired_at)}"
    yield f"  They may here: {_can(partner.grants)}. We may there: {_can(partner.granted)}."
    if partner.their_state and partner.their_state != partner.state:
        yield f"  As they see it, the partnership {_STANDS.get(partner.their_state, 'goes on')}."
    if partner.copies_until:
        yield f"  What we hold of theirs is removed by {moment(partner.copies_until)}."
    for alarm in _alarms(partner):
        yield f"  ! {alarm}"
    for exchange in partner.exchanges:
        yield f"  {_FEEDS[exchange.kind]}: {_progress(exchange)}."
        yield from _details(exchange)


def put_aside(exchange: PartnerExchangeRead) -> Iterator[str]:
    """Their entries that are not shown, and why."""
    for entry in exchange.quarantine:
        named = f' "{entry.what}"' if entry.what else ""
        since = f" (since {moment(entry.since)})" if entry.since else ""
        yield f"{entry.id}{named}: {entry.why}{since}"


def _details(exchange: PartnerExchangeRead) -> Iterator[str]:
    if exchange.failures:
        since = f" since {moment(exchange.failing_since)}" if exchange.failing_since else ""
        yield f"    {exchange.failures} failures in a row{since}: {exchange.last_error}"
        yield f"    Asked again {moment(exchange.next_try_at)}."
    if exchange.held_until:
        yield (
            f"    Removing {exchange.held_removals} entries at once is suspicious and waits until "
            f"{moment(exchange.held_until)}; `depot partners release` does it now."
        )
    if exchange.quarantined:
        yield f"    {exchange.quarantined} put aside instead of shown:"
    yield from (f"      {line}" for line in put_aside(exchange))


def _progress(exchange: PartnerExchangeRead) -> str:
    read = f"read {moment(exchange.read_at)} {_ago(exchange)}" if exchange.read_at else "never read"
    backlog = f", {exchange.backlog} still to come" if exchange.backlog else ""
    return f"{exchange.entries} known, {read}{backlog}"


def _trouble(exchange: PartnerExchangeRead) -> str:
    failures = f", {exchange.failures} failures: {exchange.last_error}" if exchange.failures else ""
    aside = f", {exchange.quarantined} put aside" if exchange.quarantined else ""
    held = f", {exchange.held_removals} removals held" if exchange.held_since else ""
    return failures + aside + held


def _alarms(partner: PartnerRead) -> Iterator[str]:
    if partner.alarm:
        yield _ALARMS[partner.alarm]
    if partner.erasures_unconfirmed:
        yield f"Not confirmed yet: {partner.erasures_unconfirmed} erased listings of ours."
    for exchange in partner.exchanges:
        yield from (_EXCHANGE_ALARMS[alarm] for alarm in exchange.alarms if alarm in _EXCHANGE_ALARMS)


def _ago(exchange: PartnerExchangeRead) -> str:
    return f"({timedelta(seconds=exchange.lag_seconds or 0)} ago)"


def _can(grants: list[str]) -> str:
    return " and ".join(words for grant, words in _GRANTS.items() if grant in grants) or "nothing"
