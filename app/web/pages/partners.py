"""Other regions: inviting one, answering its invite, how the exchange goes, and what it may."""

from datetime import timedelta
from typing import Final

from fastapi import Response

from app.federation.schemas import GrantsChange, InviteCreate, PartnerCreate, PartnerMove
from app.federation.service import Grant, consuming, following, identity, pairing, partners
from app.kernel.problems import FieldError, Invalid, NotFound
from app.kernel.text import message
from app.web.forms import command
from app.web.visits import Pages, Visit, leads_to, own_desk

pages = Pages()
STEPS: Final = {
    "confirm": pairing.confirm,
    "suspend": partners.suspend,
    "resume": partners.resume,
    "poll": partners.poll,
    "read-again": consuming.read_again,
    "release": consuming.release_removals,
    "end": partners.end,
}
GRANTS: Final = tuple(grant.value for grant in Grant)
_USUAL_HOURS: Final = 72


@pages.shows("/partners")
def all_partners(visit: Visit) -> Response:
    """Every partner, how the exchange with it goes, and how one comes by another."""
    visit.require_person()
    found = partners.all_partners(visit.reading)
    return visit.page(
        "staff/partners.html",
        partners=found.items,
        own=identity.own(visit.reading).instance,
        grants=GRANTS,
        hours=_USUAL_HOURS,
        done=visit.query.get("done"),
    )


@pages.takes("/partners/invites", again=all_partners)
def invite(visit: Visit) -> Response:
    """An invite to send to another region; it is shown this once."""
    visit.require_person()
    wanted = {
        "hours": visit.form.integer("hours") or _USUAL_HOURS,
        "grants": visit.form.all("grants"),
        "review": "review" in visit.form,
    }
    said = command(InviteCreate, wanted)
    made = pairing.invite(
        visit.work, life=timedelta(hours=said.hours), grants=said.grants, review=said.review
    )
    return visit.page("staff/invite.html", made=made, own=identity.own(visit.work).instance)


@pages.takes("/partners/look", again=all_partners)
def look_at(visit: Visit) -> Response:
    """Whose invite it is, before it is answered."""
    visit.require_person()
    text = visit.form.get("invite", "")
    return visit.page("staff/answer.html", invite=text, read=pairing.look_at(visit.work, text), grants=GRANTS)


@pages.takes_slowly("/partners", again=all_partners)
def accept(visit: Visit) -> Response:
    """Answer an invite: the other region is called."""
    desk = own_desk(visit)
    said = command(
        PartnerCreate,
        {"invite": visit.form.get("invite", ""), "grants": visit.form.all("grants"), "wants": list(GRANTS)},
    )
    with pairing.in_conversation():
        found = pairing.accept(
            desk.transactions, desk.http, said.invite, grants=said.grants, wants=said.wants, actor=desk.actor
        )
    return leads_to(f"/partners/{found.id}", done="paired")


@pages.shows("/partners/{partner_id}")
def partner(visit: Visit) -> Response:
    """One partner: last success, lag, backlog, what was put aside and why."""
    visit.require_person()
    found = partners.get(visit.reading, visit.id("partner_id"))
    return visit.page(
        "staff/partner.html",
        partner=found,
        waits=pairing.waits_for_us(visit.reading, found),
        grants=GRANTS,
        done=visit.query.get("done"),
    )


@pages.takes("/partners/{partner_id}/grants", again=partner)
def let(visit: Visit) -> Response:
    """Say anew what a partner may do here."""
    visit.require_person()
    partner_id = visit.id("partner_id")
    partners.let(visit.work, partner_id, command(GrantsChange, {"grants": visit.form.all("grants")}).grants)
    return leads_to(f"/partners/{partner_id}", done="partner")


@pages.takes_slowly("/partners/{partner_id}/meet-at", again=partner)
def meet_at(visit: Visit) -> Response:
    """Find it where it lives now, when its old address is lost."""
    desk, partner_id = own_desk(visit), visit.id("partner_id")
    said = command(PartnerMove, {"base": visit.form.get("base", "")})
    with pairing.in_conversation():
        following.meet_at(desk.transactions, desk.http, partner_id, said.base, actor=desk.actor)
    return leads_to(f"/partners/{partner_id}", done="partner")


@pages.takes("/partners/{partner_id}/{step}", again=partner)
def step(visit: Visit) -> Response:
    """Begin, stop, go on, look now, read all again, carry out what was held back, end it."""
    take = STEPS.get(visit.request.path_params["step"])
    if take is None:
        raise NotFound
    visit.require_person()
    if take is partners.end and "sure" not in visit.form:
        raise Invalid(FieldError("sure", message("Please tick that you are sure.")))
    partner_id = visit.id("partner_id")
    take(visit.work, partner_id)
    return leads_to(f"/partners/{partner_id}", done="partner")
