"""Saying that something is wrong, hearing what came of it, and not agreeing."""

from fastapi import Response

from app.moderation import service as moderation
from app.moderation.schemas import Objection, ReportCreate, ReportsQuery
from app.web.forms import command
from app.web.visits import Pages, Visit, leads_to

pages = Pages()
_ABOUT = ("target", "target_id")


@pages.shows("/report")
def report_page(visit: Visit) -> Response:
    """What is wrong with it?"""
    visit.require_person()
    source = visit.typed if visit.problem else visit.query
    return visit.page("about/report.html", about={name: source.get(name, "") for name in _ABOUT})


@pages.takes("/report", again=report_page)
def report(visit: Visit) -> Response:
    """Tell the staff."""
    names = (*_ABOUT, "wrong", "words")
    said = command(ReportCreate, {name: visit.form[name] for name in names if name in visit.form})
    made = moderation.report(visit.work, said)
    return leads_to(f"/reports/{made.id}")


@pages.shows("/reports")
def mine(visit: Visit) -> Response:
    """What I have reported, and what was decided about me."""
    visit.require_person()
    about_me = "concerning_me" in visit.query
    found = moderation.reports_of_mine(visit.reading, ReportsQuery(concerning_me=about_me))
    return visit.page("about/reports.html", reports=found.items, about_me=about_me)


@pages.shows("/reports/{report_id}")
def one(visit: Visit) -> Response:
    """One report, and what came of it."""
    visit.require_person()
    found = moderation.report_of_mine(visit.reading, visit.id("report_id"))
    return visit.page("about/one_report.html", report=found, done=visit.query.get("done"))


@pages.takes("/reports/{report_id}/object", again=one)
def object_to(visit: Visit) -> Response:
    """Say why a decision is wrong: somebody else looks at it."""
    said = command(Objection, {"words": visit.form.get("words", "")})
    moderation.object_to(visit.work, visit.id("report_id"), said)
    return leads_to(visit.request.url.path.removesuffix("/object"), done="objected")
