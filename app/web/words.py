"""What the words of the API are called on pages."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import Message, message

KINDS: Final[Mapping[str, Message]] = {
    "equipment": message("Things"),
    "space": message("Rooms"),
    "know_how": message("Know-how"),
    "time": message("Time"),
}
KIND: Final[Mapping[str, Message]] = {
    "equipment": message("Thing"),
    "space": message("Room"),
    "know_how": message("Know-how"),
    "time": message("Time"),
}
PURPOSES: Final[Mapping[str, Message]] = {"offer": message("Offer"), "want": message("Wanted")}
STATES: Final[Mapping[str, Message]] = {
    "requested": message("Waiting for an answer"),
    "countered": message("Other terms were offered"),
    "waitlisted": message("In the queue"),
    "offered": message("Your turn"),
    "confirmed": message("Promised"),
    "ready": message("Ready to be picked up"),
    "handed_over": message("Handed over"),
    "return_reported": message("Said to be back"),
    "returned": message("Back"),
    "checked_in": message("In use"),
    "checked_out": message("Left"),
    "in_progress": message("Under way"),
    "reported": message("Told how long it took"),
    "lost": message("Lost"),
    "unresolved": message("To be settled"),
    "declined": message("Declined"),
    "withdrawn": message("Taken back"),
    "expired": message("Lapsed"),
    "cancelled": message("Cancelled"),
    "completed": message("Done"),
}
OUTCOMES: Final[Mapping[str, Message]] = {
    "fulfilled": message("All went well."),
    "partly_fulfilled": message("It went well in part."),
    "did_not_happen": message("Nothing came of it."),
    "not_collected": message("Nobody picked it up."),
    "no_show_borrower": message("The borrower did not come."),
    "no_show_provider": message("The provider did not come."),
    "cancelled_early": message("It was cancelled in good time."),
    "cancelled_late": message("It was cancelled late."),
    "lost": message("It is lost."),
    "settled": message("It was settled."),
    "unreported": message("Nobody said how it went."),
}
STANDINGS: Final[Mapping[str, Message]] = {
    "due_soon": message("Due soon"),
    "overdue": message("Overdue"),
    "at_risk": message("May not be there in time"),
}
ROLES: Final[Mapping[str, Message]] = {
    "borrower": message("Borrower"),
    "provider": message("Provider"),
    "moderator": message("Moderator"),
    "clock": message("By itself"),
}
FORMS: Final[Mapping[str, Message]] = {
    "one_to_one": message("One to one"),
    "group": message("A course: in a group, on dates"),
    "recorded": message("Recorded"),
}
BILLING: Final[Mapping[str, Message]] = {
    "per_booking": message("per booking"),
    "started_hour": message("per hour begun"),
    "started_24h": message("per 24 hours begun"),
    "calendar_day": message("per day"),
    "night": message("per night"),
}
LISTING_STATES: Final[Mapping[str, Message]] = {
    "draft": message("Draft"),
    "in_review": message("Being looked at"),
    "published": message("Visible to everybody"),
    "paused": message("Paused"),
    "expired": message("Run out"),
    "closed": message("Closed"),
}
ACTIONS: Final[Mapping[str, Message]] = {
    "accept": message("Say yes"),
    "decline": message("Say no"),
    "withdraw": message("Take the request back"),
    "counter": message("Offer other terms"),
    "accept-counter": message("Accept these terms"),
    "take": message("Take the turn"),
    "pass": message("Pass this time"),
    "cancel": message("Cancel"),
    "did-not-happen": message("It did not happen"),
    "raise-case": message("Something is wrong"),
    "settle": message("It is settled"),
    "add-account": message("Tell your side"),
    "make-ready": message("It is ready to be picked up"),
    "hand-over": message("Hand over"),
    "not-collected": message("Nobody picked it up"),
    "report-return": message("I have brought it back"),
    "take-back": message("Take back"),
    "complete": message("All is well"),
    "mark-lost": message("It is lost"),
    "propose-change": message("Propose a change"),
    "accept-change": message("Agree to the change"),
    "decline-change": message("Refuse the change"),
    "withdraw-change": message("Take the proposal back"),
    "check-in": message("I am here"),
    "release": message("Nobody came: free it"),
    "check-out": message("I have left"),
    "start": message("Begin"),
    "report": message("Say how long it took"),
    "agree": message("That is right"),
    "differ": message("I see it differently"),
    "record-attendance": message("Say who was there"),
    "give-access": message("Give access"),
}
BORROWERS_ACTIONS: Final[Mapping[str, Message]] = {"hand-over": message("I have it")}
"""What the same step is called for the other side."""
WAYS: Final[Mapping[str, Message]] = {
    "next_free": message("Free at another time"),
    "fewer_units": message("Fewer are free then"),
    "similar": message("Something similar nearby"),
    "at_partner": message("In another region"),
    "join_queue": message("Wait in the queue"),
    "post_want": message("Tell others what you need"),
}
REPORT_STATES: Final[Mapping[str, Message]] = {
    "open": message("Waits for the staff"),
    "decided": message("Decided"),
    "objected": message("Somebody does not agree"),
    "final": message("Decided for good"),
}
WRONG: Final[Mapping[str, Message]] = {
    "illegal": message("It is against the law"),
    "dangerous": message("It is dangerous"),
    "fraud": message("Somebody is being cheated"),
    "harassment": message("Somebody is being harassed"),
    "privacy": message("It tells what is private"),
    "spam": message("It is advertising"),
    "other": message("Something else"),
}
DECISIONS: Final[Mapping[str, Message]] = {
    "dismiss": message("Do nothing"),
    "warn": message("Warn"),
    "hide": message("Take it from view"),
    "close": message("Close it"),
    "suspend": message("Suspend"),
    "uphold": message("Leave it as it is"),
    "lift": message("Undo it"),
}
GROUNDS: Final[Mapping[str, Message]] = {"law": message("The law"), "house_rules": message("The house rules")}
PARTNER_STATES: Final[Mapping[str, Message]] = {
    "pending": message("Not confirmed yet"),
    "active": message("Exchanging"),
    "suspended": message("Stopped for now"),
    "ended": message("Ended"),
}
GRANTS: Final[Mapping[str, Message]] = {
    "listing.read": message("Read what is offered"),
    "request.create": message("Ask for it, for their residents"),
}
FRESHNESS: Final[Mapping[str, Message]] = {
    "fresh": message("up to date"),
    "stale": message("older than two days"),
    "hidden": message("too old to be shown"),
    "gone": message("removed here"),
}
FEEDS: Final[Mapping[str, Message]] = {
    "listing": message("Their catalogue"),
    "request": message("Our residents' requests there"),
}
TEXTS: Final[Mapping[str, Message]] = {
    "imprint": message("Imprint"),
    "privacy": message("Privacy"),
    "contact": message("Contact"),
    "house_rules": message("House rules"),
}
HOURS: Final[Mapping[str, Message]] = {
    "pick_up": message("Picking up"),
    "returns": message("Bringing back"),
    "opening": message("Open"),
}
DAYS: Final[Mapping[str, Message]] = {
    "past": message("over"),
    "closed": message("closed"),
    "taken": message("taken"),
    "partly": message("free in part"),
    "free": message("free"),
}
DAYS_SHORT: Final[Mapping[str, Message]] = {
    **DAYS,
    "closed": message("–"),
    "partly": message("partly"),
}
"""The same in the little squares of a month."""
EVERY: Final[Mapping[str, Message]] = {
    "week": message("Every week"),
    "fortnight": message("Every two weeks"),
    "month": message("Every month"),
}
AUDIENCES: Final[Mapping[str, Message]] = {
    "everyone": message("Everybody"),
    "organisations": message("Organisations"),
    "recognised_organisations": message("Recognised organisations"),
    "members_of": message("Members of an organisation"),
}
COLUMNS: Final[Mapping[str, Message]] = {
    "id": message("Number"),
    "title": message("Title"),
    "description": message("Description"),
    "units": message("How many"),
    "kind": message("Kind"),
    "categories": message("Category"),
    "district": message("Part of town"),
    "free_of_charge": message("Free of charge (1 or 0)"),
}
MEMBER_ROLES: Final[Mapping[str, Message]] = {
    "member": message("Member"),
    "manager": message("Manager"),
    "owner": message("Owner"),
}
RECOGNITIONS: Final[Mapping[str, Message]] = {
    "none": message("Nobody has asked for its recognition yet."),
    "submitted": message("The staff is looking at the proof."),
    "approved": message("It is recognised to serve the common good."),
    "rejected": message("It was not recognised."),
    "expired": message("The recognition has run out."),
    "revoked": message("The recognition was withdrawn."),
}
REACHES: Final[Mapping[str, Message]] = {
    "listed": message("They may see it"),
    "bookable": message("They may see and borrow it"),
    "none": message("They do not see it"),
}
CLOSE_REASONS: Final[Mapping[str, Message]] = {
    "withdrawn": message("I take it back"),
    "fulfilled_here": message("I have found it here"),
    "fulfilled_elsewhere": message("I have found it elsewhere"),
    "not_fulfilled": message("I have not found it"),
    "other": message("For another reason"),
}
LANGUAGES: Final[Mapping[str, str]] = {"de": "Deutsch", "de-simple": "Leichte Sprache", "en": "English"}


def action(name: str, role: str) -> Message:
    """What a step is called for who takes it."""
    return BORROWERS_ACTIONS.get(name, ACTIONS[name]) if role == "borrower" else ACTIONS[name]
