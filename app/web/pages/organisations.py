"""Organisations: who they are, who belongs to them, and that they serve the common good."""

from typing import Any, Final
from uuid import UUID

from fastapi import Response

from app.accounts import service as accounts
from app.accounts.schemas.organisations import (
    MemberAdding,
    MemberEdit,
    MembersQuery,
    OrganisationEdit,
    OrganisationFounding,
    OrganisationsQuery,
    RecognitionSubmission,
)
from app.accounts.schemas.people import AssistedCreate, AssistedRead
from app.api.schemas import ListQuery
from app.listings import service as listings
from app.web.forms import Form, command
from app.web.visits import Pages, Visit, address, leads_to

pages = Pages()
_MOST: Final = 100
_SHOWN: Final = 60
_FIELDS: Final = ("name", "description", "email", "phone")


@pages.shows("/organisations")
def organisations(visit: Visit) -> Response:
    """Those one belongs to, all the others, and founding one."""
    after = visit.query.get("after")
    found = accounts.organisations(visit.reading, OrganisationsQuery(after=after))
    mine = (
        accounts.organisations(visit.reading, OrganisationsQuery(mine=True, limit=_MOST))
        if visit.me
        else None
    )
    return visit.page(
        "organisations/all.html",
        mine=mine.items if mine else [],
        others=[one for one in found.items if one.my_role is None],
        following=address("/organisations", {"after": found.next}) if found.next else None,
    )


@pages.takes("/organisations", again=organisations)
def found(visit: Visit) -> Response:
    """Found one, and own it."""
    visit.require_person()
    made = accounts.create_organisation(visit.work, command(OrganisationFounding, _given(visit.form)))
    return leads_to(f"/organisations/{made.id}")


@pages.shows("/organisations/{organisation_id}")
def organisation(visit: Visit) -> Response:
    """One organisation: what it says and shares; for its members, who they are and what there is to do."""
    shown = accounts.organisation(visit.reading, visit.id("organisation_id"))
    inside = visit.actor.belongs_to(shown.id)
    ids = listings.ids_of(visit.reading, shown.id)
    shared = sorted(listings.visible_summaries(visit.reading, ids).values(), key=lambda one: one.title)
    members = accounts.members(visit.reading, shown.id, MembersQuery(limit=_MOST)).items if inside else []
    return visit.page(
        "organisations/organisation.html",
        organisation=shown,
        inside=inside,
        manages=visit.actor.speaks_for(shown.id),
        shared=shared[:_SHOWN],
        left_off=len(shared) - len(shared[:_SHOWN]),
        members=members,
        assisted=_assisted(visit, shown.id),
        recognition=accounts.recognition(visit.reading, shown.id) if inside else None,
        done=visit.query.get("done"),
    )


def _assisted(visit: Visit, organisation_id: UUID) -> list[AssistedRead]:
    """For whom it acts because they have no e-mail; for those who do, and the staff."""
    if not (visit.actor.is_staff or visit.actor.speaks_for(organisation_id)):
        return []
    return list(accounts.assisted_people(visit.reading, ListQuery(limit=_MOST), of=organisation_id).items)


@pages.takes("/organisations/{organisation_id}/assisted", again=organisation)
def enter_assisted(visit: Visit) -> Response:
    """Enter somebody without e-mail, for whom this organisation acts from then on."""
    wanted = {
        "organisation_id": str(visit.id("organisation_id")),
        "display_name": visit.form.get("display_name", ""),
        "phone": visit.form.get("phone"),
    }
    accounts.assist(visit.work, command(AssistedCreate, wanted))
    return _back(visit, done="assisted")


def _given(form: Form) -> dict[str, Any]:
    return {name: form.get(name) for name in _FIELDS if name in form}


@pages.takes("/organisations/{organisation_id}/edit", again=organisation)
def edit(visit: Visit) -> Response:
    """Say something else about it."""
    cleared = {"description": "", "email": None, "phone": None}
    change = command(OrganisationEdit, cleared | _given(visit.form))
    seen = visit.form.integer("version")
    accounts.edit_organisation(visit.work, visit.id("organisation_id"), change, seen=seen)
    return _back(visit)


@pages.takes("/organisations/{organisation_id}/members", again=organisation)
def invite(visit: Visit) -> Response:
    """Invite whoever reads mail at an address."""
    wanted = {"email": visit.form.get("email", ""), "role": visit.form.get("role", "member")}
    accounts.add_member(visit.work, visit.id("organisation_id"), command(MemberAdding, wanted))
    return _back(visit, done="invited")


@pages.takes("/organisations/{organisation_id}/members/{person_id}", again=organisation)
def change_member(visit: Visit) -> Response:
    """Another role for a member, or let them go; perhaps oneself."""
    organisation_id, person_id = visit.id("organisation_id"), visit.id("person_id")
    if visit.form.get("role") == "none":
        accounts.remove_member(visit.work, organisation_id, person_id)
    else:
        role = command(MemberEdit, {"role": visit.form.get("role", "")}).role
        accounts.change_role(visit.work, organisation_id, person_id, role)
    return _back(visit)


@pages.takes("/organisations/{organisation_id}/recognition", again=organisation)
def ask_for_recognition(visit: Visit) -> Response:
    """Show why it serves the common good; the staff decides."""
    form = visit.form
    notice = form.day("notice_date")
    values = {
        "proof": "tax_notice" if notice else "declaration",
        "notice_date": notice and notice.isoformat(),
        "declaration": form.get("declaration", ""),
    }
    accounts.submit(visit.work, visit.id("organisation_id"), command(RecognitionSubmission, values))
    return _back(visit, done="submitted")


def _back(visit: Visit, **query: str) -> Response:
    return leads_to(f"/organisations/{visit.id('organisation_id')}", **query)
