"""Refusals of this room."""

from app.kernel.problems import Problem
from app.kernel.text import message


class SlotTaken(Problem):
    """409: the units are not free for the whole time; `free_units` and `reasons` say what is.

    `calendar_version` is the version of the listing's calendar on which that was decided.
    """

    slug = "slot-taken"
    title = message("This time is not free any more.")
    status = 409


class ListingNotReady(Problem):
    """409: the listing's life has no such step from here."""

    slug = "listing-not-ready"
    title = message("This is not possible in the listing's present state.")
    status = 409


class ClosureConflicts(Problem):
    """409: the closure lies over promises; `conflicts` lists them; `acknowledge_conflicts` closes anyway."""

    slug = "closure-conflicts"
    title = message("There are bookings during this time.")
    status = 409


class TooManyClosures(Problem):
    """409: a listing has at most 200 closures; what recurs is better said once, with a rule."""

    slug = "too-many-closures"
    title = message("This listing has as many closures as there can be.")
    status = 409


class TooManyPhotos(Problem):
    """409: there are as many photos as there can be; remove one first."""

    slug = "too-many-photos"
    title = message("There are as many photos here as there can be.")
    status = 409


class SessionPromised(Problem):
    """409: somebody has been promised a seat in this session: it is cancelled, not removed or moved."""

    slug = "session-promised"
    title = message("Somebody has a seat in this session. Cancel it instead; everybody who comes is told.")
    status = 409


class SessionOver(Problem):
    """409: the session has taken place."""

    slug = "session-over"
    title = message("This session is over.")
    status = 409
