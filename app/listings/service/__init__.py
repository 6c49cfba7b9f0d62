"""The use cases of listings, by phase of life. This is the door for other rooms."""

from app.listings.rules.price import BillingUnit, Price, Pricing, Tariff, TariffName
from app.listings.rules.verdict import ELIGIBILITY, SCARCITY, Verdict, request_expires_at
from app.listings.service.checking import calendars_amiss, conflicts
from app.listings.service.closing import close_for, close_lost_units, open_again
from app.listings.service.judging import judge, next_free
from app.listings.service.leaving import dissolve, export, forget
from app.listings.service.life import approve, close, discard, pause, publish, renew, sweep
from app.listings.service.looking import (
    by_external_refs,
    calendar,
    closures,
    exact_place,
    hours,
    public_view,
    read,
    shared_ids,
    span_of,
    summaries,
    terms,
)
from app.listings.service.mirroring import forget_mirrored, forget_origin, keep_origin, mirror
from app.listings.service.occupying import extend, hold_still, occupy, reduce, release
from app.listings.service.searching import search
from app.listings.service.witness import calendar_made
from app.listings.service.writing import create, edit, set_hours

__all__ = [
    "ELIGIBILITY",
    "SCARCITY",
    "BillingUnit",
    "Price",
    "Pricing",
    "Tariff",
    "TariffName",
    "Verdict",
    "approve",
    "by_external_refs",
    "calendar",
    "calendar_made",
    "calendars_amiss",
    "close",
    "close_for",
    "close_lost_units",
    "closures",
    "conflicts",
    "create",
    "discard",
    "dissolve",
    "edit",
    "exact_place",
    "export",
    "extend",
    "forget",
    "forget_mirrored",
    "forget_origin",
    "hold_still",
    "hours",
    "judge",
    "keep_origin",
    "mirror",
    "next_free",
    "occupy",
    "open_again",
    "pause",
    "public_view",
    "publish",
    "read",
    "reduce",
    "release",
    "renew",
    "request_expires_at",
    "search",
    "set_hours",
    "shared_ids",
    "span_of",
    "summaries",
    "sweep",
    "terms",
]
