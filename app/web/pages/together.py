"""What was asked for together: the dates of a series, the parts of a group."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from fastapi import Response

from app.bookings import service as bookings
from app.bookings.schemas import GroupRead, SeriesCancel, SeriesRead, Step
from app.kernel.problems import FieldError, Invalid, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.web import loan_words
from app.web.forms import command
from app.web.visits import Pages, Visit, leads_to

pages = Pages()


@pages.shows("/series/{series_id}")
def series(visit: Visit) -> Response:
    """All dates of a series, and what became of each."""
    visit.require_person()
    found = bookings.read_series(visit.reading, visit.id("series_id"), language=visit.language)
    return _series_page(visit, found)


def _series_page(visit: Visit, found: SeriesRead) -> Response:
    role = "borrower" if visit.actor.belongs_to(found.borrower.id) else "provider"
    return visit.page(
        "bookings/series.html",
        series=found,
        role=role,
        actions=[one.action for one in found.allowed_actions],
        days=[one for one in found.dates if one.booking_id and one.starts_at > visit.reading.now],
        done=visit.query.get("done"),
        loan=loan_words,
    )


@pages.takes("/series/{series_id}/{action}", again=series)
def act_on_series(visit: Visit) -> Response:
    """Answer, call off or ask again for all dates at once, or from one on."""
    visit.require_person()
    step = _SERIES.get(visit.request.path_params["action"])
    if step is None:
        raise NotFound
    found = step(visit, visit.work, visit.id("series_id"))
    if any(one.reasons for one in found.dates):
        return _series_page(visit, found)  # the reasons are told once
    return leads_to(f"/series/{found.id}", done="yes")


def _cancelled(visit: Visit, work: UnitOfWork, series_id: UUID) -> SeriesRead:
    since = visit.form.day("from_date")
    found = bookings.read_series(work, series_id, language=visit.language)
    if "note" not in visit.form and visit.actor.belongs_to(found.provider.id):
        raise Invalid(FieldError("note", message("Please tell the borrower why.")))
    said = command(SeriesCancel, {"from_date": since and since.isoformat(), "note": visit.form.get("note")})
    return bookings.cancel_series(work, series_id, said, language=visit.language)


def _note(visit: Visit) -> Step:
    return command(Step, {"note": visit.form.get("note")})


_SERIES: Final[dict[str, Callable[[Visit, UnitOfWork, UUID], SeriesRead]]] = {
    "accept": lambda visit, work, one: bookings.accept_series(
        work, one, _note(visit), language=visit.language
    ),
    "decline": lambda visit, work, one: bookings.decline_series(
        work, one, _note(visit), language=visit.language
    ),
    "retry": lambda visit, work, one: bookings.retry_series(work, one, language=visit.language),
    "cancel": _cancelled,
}


@pages.shows("/booking-groups/{group_id}")
def group(visit: Visit) -> Response:
    """All parts that were asked for together, as far as they are the reader's business."""
    visit.require_person()
    found = bookings.read_group(visit.reading, visit.id("group_id"), language=visit.language)
    return _group_page(visit, found)


def _group_page(visit: Visit, found: GroupRead) -> Response:
    return visit.page(
        "bookings/group.html",
        group=found,
        actions=[one.action for one in found.allowed_actions],
        done=visit.query.get("done"),
        loan=loan_words,
    )


@pages.takes("/booking-groups/{group_id}/{action}", again=group)
def act_on_group(visit: Visit) -> Response:
    """Answer or take back all parts at once."""
    visit.require_person()
    step = _GROUP.get(visit.request.path_params["action"])
    if step is None:
        raise NotFound
    found = step(visit.work, visit.id("group_id"), _note(visit), language=visit.language)
    if any(one.reasons for one in found.items):
        return _group_page(visit, found)
    return leads_to(f"/booking-groups/{found.id}", done="yes")


_GROUP: Final[dict[str, Callable[..., GroupRead]]] = {
    "accept": bookings.accept_group,
    "decline": bookings.decline_group,
    "withdraw": bookings.withdraw_group,
}
