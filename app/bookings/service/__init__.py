"""The front door of bookings: what can be asked of this room."""

from app.bookings.rules.drawing import as_json as lifecycles
from app.bookings.rules.words import Action
from app.bookings.service.acting import act
from app.bookings.service.answering import ways_out_of
from app.bookings.service.believing import apply_view
from app.bookings.service.calendars import of_booking as calendar_of
from app.bookings.service.clocks import sweep
from app.bookings.service.contract import PaperRefused, keep_papers, papers_for
from app.bookings.service.contract import broken as broken_contracts
from app.bookings.service.contract import paper as contract_paper
from app.bookings.service.contract import versions as contract_versions
from app.bookings.service.correcting import correct as correct_record
from app.bookings.service.days import Day, day
from app.bookings.service.feeds import forget as forget_calendar_feeds
from app.bookings.service.feeds import make as make_calendar_feed
from app.bookings.service.feeds import mine as calendar_feeds
from app.bookings.service.feeds import read as read_calendar_feed
from app.bookings.service.feeds import revoke as revoke_calendar_feed
from app.bookings.service.forgetting import forget_old
from app.bookings.service.group_steps import accept as accept_group
from app.bookings.service.group_steps import decline as decline_group
from app.bookings.service.group_steps import withdraw as withdraw_group
from app.bookings.service.group_views import get as read_group
from app.bookings.service.groups import request_group
from app.bookings.service.leaving import (
    dissolve,
    forget,
    refuse_to_dissolve,
    refuse_while_things_are_out,
)
from app.bookings.service.lending import open_for_partner, request_for_partner
from app.bookings.service.messages import page as page_of_messages
from app.bookings.service.messages import seen as seen_message
from app.bookings.service.messages import text_of as text_of_message
from app.bookings.service.messages import write as write_message
from app.bookings.service.noting import address_while_open, noted, opening_message
from app.bookings.service.numbers import numbers
from app.bookings.service.offering import offer, offers
from app.bookings.service.photos import add as add_photo
from app.bookings.service.photos import may_add as may_add_photo
from app.bookings.service.photos import require_visible as require_visible_photo
from app.bookings.service.queueing import SWEEP_JOB as QUEUES_JOB
from app.bookings.service.queueing import join as join_queue
from app.bookings.service.queueing import offer_turns, sweep_queues
from app.bookings.service.quoting import quote, ways_out
from app.bookings.service.remote import (
    contact_of_borrower,
    erase_borrower,
    find_for_partner,
    forgotten_there,
    keep_contact,
    over_for_partners,
    refused,
    unanswered,
)
from app.bookings.service.sealing import broken_seals
from app.bookings.service.series import request
from app.bookings.service.series import retry as retry_series
from app.bookings.service.series_steps import accept as accept_series
from app.bookings.service.series_steps import cancel as cancel_series
from app.bookings.service.series_steps import decline as decline_series
from app.bookings.service.series_views import get as read_series
from app.bookings.service.sessions import cancel_session
from app.bookings.service.telling import view_for
from app.bookings.service.views import export, get, next_clock, page
from app.bookings.service.waiting import TURNS_JOB
from app.bookings.service.waiting import listing_changed as look_at_queue

ACTIONS = frozenset(action.value for action in Action)
"""Every word of the lifecycle."""

__all__ = [
    "ACTIONS",
    "QUEUES_JOB",
    "TURNS_JOB",
    "Day",
    "PaperRefused",
    "accept_group",
    "accept_series",
    "act",
    "add_photo",
    "address_while_open",
    "apply_view",
    "broken_contracts",
    "broken_seals",
    "calendar_feeds",
    "calendar_of",
    "cancel_series",
    "cancel_session",
    "contact_of_borrower",
    "contract_paper",
    "contract_versions",
    "correct_record",
    "day",
    "decline_group",
    "decline_series",
    "dissolve",
    "erase_borrower",
    "export",
    "find_for_partner",
    "forget",
    "forget_calendar_feeds",
    "forget_old",
    "forgotten_there",
    "get",
    "join_queue",
    "keep_contact",
    "keep_papers",
    "lifecycles",
    "look_at_queue",
    "make_calendar_feed",
    "may_add_photo",
    "next_clock",
    "noted",
    "numbers",
    "offer",
    "offer_turns",
    "offers",
    "open_for_partner",
    "opening_message",
    "over_for_partners",
    "page",
    "page_of_messages",
    "papers_for",
    "quote",
    "read_calendar_feed",
    "read_group",
    "read_series",
    "refuse_to_dissolve",
    "refuse_while_things_are_out",
    "refused",
    "request",
    "request_for_partner",
    "request_group",
    "require_visible_photo",
    "retry_series",
    "revoke_calendar_feed",
    "seen_message",
    "sweep",
    "sweep_queues",
    "text_of_message",
    "unanswered",
    "view_for",
    "ways_out",
    "ways_out_of",
    "withdraw_group",
    "write_message",
]
