"""For those entrusted with the instance: what waits, what was reported, who is recognised, how partners are."""

from typing import Final

from fastapi import Response

from app.accounts import service as accounts
from app.accounts.schemas.instance import InstanceEdit
from app.accounts.schemas.organisations import OrganisationsQuery
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.listings import service as listings
from app.listings.schemas import ListingReject, ReviewQuery
from app.moderation import service as moderation
from app.moderation.schemas import CasesQuery, DecisionCreate, NumbersQuery
from app.web.forms import command
from app.web.visits import Pages, Visit, address, leads_to

pages = Pages()
RECOGNITION_STEPS: Final = ("approve", "reject", "revoke")
TEXTS: Final = ("imprint", "privacy", "contact", "house_rules")


def require_staff(visit: Visit) -> None:
    visit.require_person()
    if not visit.actor.is_staff:
        raise NotAllowed


@pages.shows("/staff")
def desk(visit: Visit) -> Response:
    """What waits for the staff, and the numbers that matter."""
    require_staff(visit)
    waiting = accounts.organisations(
        visit.reading, OrganisationsQuery.model_validate({"recognition": "submitted"})
    )
    return visit.page(
        "staff/desk.html",
        numbers=moderation.numbers(visit.reading, NumbersQuery(months=6)),
        in_review=listings.in_review(visit.reading, ReviewQuery()).items,
        proofs=[(one, accounts.recognition(visit.reading, one.id)) for one in waiting.items],
        done=visit.query.get("done"),
    )


@pages.takes("/staff/listings/{listing_id}/{step}", again=desk)
def review(visit: Visit) -> Response:
    """Let a listing appear, or give it back with a word what is amiss."""
    listing_id = visit.id("listing_id")
    if visit.request.path_params["step"] == "approve":
        listings.approve(visit.work, listing_id)
    elif visit.request.path_params["step"] == "reject":
        said = command(ListingReject, {"note": visit.form.get("note", "")})
        listings.reject(visit.work, listing_id, note=said.note)
    else:
        raise NotFound
    return leads_to("/staff", done="listing")


@pages.takes("/staff/recognition/{organisation_id}/{step}", again=desk)
def recognise(visit: Visit) -> Response:
    """Recognise an organisation, or not, or no longer."""
    step = visit.request.path_params["step"]
    if step not in RECOGNITION_STEPS:
        raise NotFound
    note = visit.form.get("note", "")
    if step != "approve" and not note:
        raise Invalid(FieldError("/note", message("Please say why.")))
    accounts.decide(visit.work, visit.id("organisation_id"), accounts.RecognitionStep(step), note=note)
    return leads_to("/staff", done="recognition")


@pages.shows("/moderation/reports")
def reports(visit: Visit) -> Response:
    """What was reported, the latest first."""
    require_staff(visit)
    asked = {name: visit.query.get(name) for name in ("state", "after")}
    found = moderation.cases(visit.reading, command(CasesQuery, asked))
    return visit.page(
        "staff/reports.html",
        reports=found.items,
        state=asked["state"],
        following=address("/moderation/reports", {**asked, "after": found.next}) if found.next else None,
    )


@pages.shows("/moderation/reports/{report_id}")
def report(visit: Visit) -> Response:
    """One report: what was said, what it showed then, what can be decided."""
    require_staff(visit)
    found = moderation.case(visit.reading, visit.id("report_id"))
    return visit.page("staff/report.html", report=found, done=visit.query.get("done"))


@pages.takes("/moderation/reports/{report_id}/decide", again=report)
def decide(visit: Visit) -> Response:
    """Decide, with reasons for whom it concerns."""
    until = visit.form.instant("until", visit.zone)
    values = {name: visit.form[name] for name in ("action", "ground") if name in visit.form}
    values |= {"statement": visit.form.get("statement", "")}
    if until:
        values["until"] = until.isoformat()
    moderation.decide(visit.work, visit.id("report_id"), command(DecisionCreate, values))
    return leads_to(visit.request.url.path.removesuffix("/decide"), done="decided")


@pages.shows("/staff/texts")
def texts(visit: Visit) -> Response:
    """What the instance says about itself."""
    require_staff(visit)
    return visit.page("staff/texts.html", instance=accounts.instance(visit.reading), names=TEXTS)


@pages.takes("/staff/texts", again=texts)
def write_texts(visit: Visit) -> Response:
    """Write imprint, privacy, contact and house rules; what was emptied is taken away."""
    said = {
        name: {language: visit.form.get(f"{name}_{language}") for language in ("de", "en")} for name in TEXTS
    }
    change = command(InstanceEdit, {"texts": said})
    accounts.edit_instance(visit.work, change, seen=visit.form.integer("version"))
    return leads_to("/about")


@pages.shows("/about")
def about(visit: Visit) -> Response:
    """Who runs this, how to reach them, what becomes of personal data, what is welcome."""
    return visit.page("about/about.html", instance=accounts.instance(visit.reading), names=TEXTS)
