"""Many things at once: a storeroom's list, what would come of it, and one tap that does it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from uuid import UUID

from fastapi import Response

from app.kernel.problems import FieldError, Invalid, NotAllowed
from app.kernel.text import Message, message
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.listings.importing.drafting import Drafts, ListingDraft, draft_file
from app.listings.importing.guessing import NAMES, guessed
from app.web.forms import Form
from app.web.visits import Pages, Visit, leads_to, own_desk

pages = Pages()
_MOST: Final = 500
_PIECE: Final = 15_000
"""Characters of the list that travel in one field, so that no field is too long."""


@pages.shows("/import")
def import_page(visit: Visit) -> Response:
    """Choose a list."""
    me = visit.require_person()
    organisations = [one for one in me.organisations if one.role != "member"]
    chosen = visit.typed.get("organisation_id") or visit.query.get("organisation_id")
    return visit.page("offering/import.html", organisations=organisations, names=NAMES, chosen=chosen)


@pages.takes_slowly("/import/preview", again=import_page)
def preview(visit: Visit) -> Response:
    """What would come of it; nothing has happened yet."""
    desk, form = own_desk(visit), visit.form
    file = form.file("list")
    if file is None:
        raise Invalid(FieldError("list", message("Please choose a file.")))
    content = file.file.read()
    with desk.reading() as look:
        here = replace(visit, look=look)
        drafts = _drafts(here, content)
        planned = listings.plan_import(look, _offers(drafts))
        refused: list[tuple[int, str | Message]] = [(one.line, one.reason.detail) for one in drafts.refused]
        return here.page(
            "offering/import_preview.html",
            planned=planned,
            refused=sorted([*refused, *planned.refused], key=lambda one: one[0]),
            notices=drafts.notices,
            pieces=_pieces(content),
            kept={
                name: form[name] for name in ("organisation_id", "district", "price", "state") if name in form
            },
        )


@pages.takes("/import", again=import_page)
def take_in(visit: Visit) -> Response:
    """Do what was shown; what is here already is left alone."""
    visit.require_person()
    drafts = _drafts(visit, "".join(visit.form.all("piece")).encode())
    planned = listings.plan_import(visit.work, _offers(drafts))
    provider = _provider(visit.work, visit.form)
    for draft in planned.new:
        listings.enter_import(
            visit.work, draft, organisation_id=provider if provider != visit.actor.id else None
        )
    return leads_to("/listings", done="imported")


def _drafts(visit: Visit, content: bytes) -> Drafts:
    form = visit.form
    settings = {"free_of_charge": "0" if form.get("price") == "by_arrangement" else "1"}
    settings |= {"state": "published" if form.get("state") == "published" else "draft"}
    settings |= {"district": form["district"]} if "district" in form else {}
    source = f"storeroom-{_provider(visit.reading, form)}"
    language = visit.language.partition("-")[0]
    drafts = draft_file(content, guessed(content, source=source, language=language, settings=settings))
    if len(drafts.ready) > _MOST:
        raise Invalid(FieldError("list", message("That are more than {most} at once.", most=_MOST)))
    return drafts


def _provider(reading: Reading, form: Form) -> UUID:
    """Whose storeroom it is: an organisation that the person manages, or their own."""
    mine = {str(party): party for party in reading.actor.parties if reading.actor.speaks_for(party)}
    said = form.get("organisation_id", str(reading.actor.id))
    if said not in mine:
        raise NotAllowed
    return mine[said]


def _offers(drafts: Drafts) -> list[ListingDraft]:
    return [draft for draft in drafts.ready if isinstance(draft, ListingDraft)]


def _pieces(content: bytes) -> Iterator[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]
