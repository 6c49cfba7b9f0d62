"""The use cases of listings, by phase of life. This is the door for other rooms."""

from app.listings.rules.eligibility import Tally
from app.listings.rules.holidays import Holidays
from app.listings.rules.price import BillingUnit, Price, Pricing, Tariff, TariffName, price
from app.listings.rules.reasons import SHUT, TAKEN, Ground, reason
from app.listings.rules.verdict import (
    BINDING_OFFERS,
    ELIGIBILITY,
    OF_THE_START,
    SCARCITY,
    SESSIONS,
    UNAVAILABLE,
    Verdict,
    request_expires_at,
)
from app.listings.service.alerting import handlers as alert_handlers
from app.listings.service.alternatives import alternatives, longer, other_terms
from app.listings.service.checking import calendars_amiss, conflicts, conflicts_handler, in_conflict
from app.listings.service.closing import close_for, close_lost_units, open_again, reopen_lost_units
from app.listings.service.disclosing import withhold
from app.listings.service.external import READ_JOB as CALENDAR_JOB
from app.listings.service.external import SWEEP_JOB as CALENDAR_SWEEP_JOB
from app.listings.service.external import add as add_external_calendar
from app.listings.service.external import of_listing as external_calendars
from app.listings.service.external import remove as remove_external_calendar
from app.listings.service.holding import family_of, hold_all_still, hold_still
from app.listings.service.importing import ImportPlan, plan_import
from app.listings.service.importing import enter as enter_import
from app.listings.service.judging import (
    Look,
    asks_per_week,
    chain_reach,
    free_as_they_end,
    free_at,
    judge,
    look,
)
from app.listings.service.leaving import dissolve, export, forget
from app.listings.service.life import cancel_session, close, discard, pause, publish, renew, sweep
from app.listings.service.looking import (
    Shared,
    Unshared,
    access,
    by_external_refs,
    calendar,
    closures,
    exact_place,
    exact_places,
    hours,
    ids_of,
    may_edit,
    read,
    shared,
    shared_ids,
    span_of,
    summaries,
    terms,
    visible_summaries,
)
from app.listings.service.matching import answers, sought
from app.listings.service.mirroring import Mirroring, forget_origin, keep_origin, mirror
from app.listings.service.moderating import approve, hide, in_review, reinstate, reject, rest_all
from app.listings.service.numbers import numbers
from app.listings.service.occupying import extend, occupy, occupy_together, reduce, release
from app.listings.service.photos import SWEEP_JOB as PHOTO_SWEEP_JOB
from app.listings.service.photos import Prepared as PreparedPhoto
from app.listings.service.photos import Shown as ShownPhoto
from app.listings.service.photos import add as add_photo
from app.listings.service.photos import add_to_booking as add_photo_to_booking
from app.listings.service.photos import covers
from app.listings.service.photos import data_of as photo_data
from app.listings.service.photos import edit as edit_photo
from app.listings.service.photos import forget_of_bookings as forget_photos_of_bookings
from app.listings.service.photos import handlers as photo_handlers
from app.listings.service.photos import may_add as may_add_photo
from app.listings.service.photos import of_booking as photos_of_booking
from app.listings.service.photos import remove as remove_photo
from app.listings.service.photos import require_of_booking as require_photos_of_booking
from app.listings.service.photos import require_visible as require_visible_photo
from app.listings.service.picturing import Wanted as WantedPicture
from app.listings.service.picturing import is_known as is_known_picture
from app.listings.service.picturing import keep as keep_picture
from app.listings.service.picturing import put_off as put_off_picture
from app.listings.service.picturing import refuse as refuse_picture
from app.listings.service.picturing import wanted as wanted_pictures
from app.listings.service.placing import place_called
from app.listings.service.reading import handlers as calendar_handlers
from app.listings.service.rebuilding import JOB as INDEX_JOB
from app.listings.service.rebuilding import amiss as search_amiss
from app.listings.service.rebuilding import count as count_all
from app.listings.service.rebuilding import ensure as ensure_index
from app.listings.service.rebuilding import handler as index_handler
from app.listings.service.rebuilding import rebuild as rebuild_index
from app.listings.service.saving import drop_saved, edit_saved, mine, read_saved, save, saved_names
from app.listings.service.saving import of_person as saved_searches
from app.listings.service.searching import CURSORS, search
from app.listings.service.sessions import find_session
from app.listings.service.wanting import fill, want
from app.listings.service.witness import CONFLICTS_JOB, calendar_made
from app.listings.service.writing import create, edit, set_hours

__all__ = [
    "BINDING_OFFERS",
    "CALENDAR_JOB",
    "CALENDAR_SWEEP_JOB",
    "CONFLICTS_JOB",
    "CURSORS",
    "ELIGIBILITY",
    "INDEX_JOB",
    "OF_THE_START",
    "PHOTO_SWEEP_JOB",
    "SCARCITY",
    "SESSIONS",
    "SHUT",
    "TAKEN",
    "UNAVAILABLE",
    "BillingUnit",
    "Ground",
    "Holidays",
    "ImportPlan",
    "Look",
    "Mirroring",
    "PreparedPhoto",
    "Price",
    "Pricing",
    "Shared",
    "ShownPhoto",
    "Tally",
    "Tariff",
    "TariffName",
    "Unshared",
    "Verdict",
    "WantedPicture",
    "access",
    "add_external_calendar",
    "add_photo",
    "add_photo_to_booking",
    "alert_handlers",
    "alternatives",
    "answers",
    "approve",
    "asks_per_week",
    "by_external_refs",
    "calendar",
    "calendar_handlers",
    "calendar_made",
    "calendars_amiss",
    "cancel_session",
    "chain_reach",
    "close",
    "close_for",
    "close_lost_units",
    "closures",
    "conflicts",
    "conflicts_handler",
    "count_all",
    "covers",
    "create",
    "discard",
    "dissolve",
    "drop_saved",
    "edit",
    "edit_photo",
    "edit_saved",
    "ensure_index",
    "enter_import",
    "exact_place",
    "exact_places",
    "export",
    "extend",
    "external_calendars",
    "family_of",
    "fill",
    "find_session",
    "forget",
    "forget_origin",
    "forget_photos_of_bookings",
    "free_as_they_end",
    "free_at",
    "hide",
    "hold_all_still",
    "hold_still",
    "hours",
    "ids_of",
    "in_conflict",
    "in_review",
    "index_handler",
    "is_known_picture",
    "judge",
    "keep_origin",
    "keep_picture",
    "longer",
    "look",
    "may_add_photo",
    "may_edit",
    "mine",
    "mirror",
    "numbers",
    "occupy",
    "occupy_together",
    "open_again",
    "other_terms",
    "pause",
    "photo_data",
    "photo_handlers",
    "photos_of_booking",
    "place_called",
    "plan_import",
    "price",
    "publish",
    "put_off_picture",
    "read",
    "read_saved",
    "reason",
    "rebuild_index",
    "reduce",
    "refuse_picture",
    "reinstate",
    "reject",
    "release",
    "remove_external_calendar",
    "remove_photo",
    "renew",
    "reopen_lost_units",
    "request_expires_at",
    "require_photos_of_booking",
    "require_visible_photo",
    "rest_all",
    "save",
    "saved_names",
    "saved_searches",
    "search",
    "search_amiss",
    "set_hours",
    "shared",
    "shared_ids",
    "sought",
    "span_of",
    "summaries",
    "sweep",
    "terms",
    "visible_summaries",
    "want",
    "wanted_pictures",
    "withhold",
]
