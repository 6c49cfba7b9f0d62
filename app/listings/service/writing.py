"""Making and changing listings. An edited listing is one that could have been created so."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from app.accounts import service as accounts
from app.kernel import secrets, versions
from app.kernel.findings import explained
from app.kernel.ids import new_id
from app.kernel.places import Point, displaced
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import indexing, policy
from app.listings.events import ListingChanged
from app.listings.rules.eligibility import Audience, welcome
from app.listings.rules.kinds import DEFAULTS, Kind, Purpose
from app.listings.rules.lifecycle import PUBLIC_STATES, State
from app.listings.rules.reasons import Ground, reason
from app.listings.schemas.calendar import HoursBody, ListingHours
from app.listings.schemas.commands import LimitsEntry, ListingCreate, ListingEdit
from app.listings.schemas.parts import PlaceEntry
from app.listings.schemas.views import ListingRead
from app.listings.service import (
    appearing,
    deriving,
    describing,
    holding,
    looking,
    sessions,
    values,
    wholes,
    witness,
)
from app.listings.service.entering import require_times_that_exist
from app.listings.tables import Listing

PRECISION_M = 200


def create(
    work: UnitOfWork,
    command: ListingCreate,
    *,
    provider_id: UUID | None = None,
    external_ref: str | None = None,
) -> ListingRead:
    """A new listing, as a draft of the actor or of the organisation in whose name they offer.

    Refused (403) for organisations one does not manage and for suspended accounts. `provider_id` and `external_ref`
    are for imports and the demo, which act as the system.
    """
    provider = provider_id or command.organisation_id or work.actor.id
    if provider is None or not policy.may_edit(work.actor, provider):
        raise NotAllowed(message("You can only offer for yourself or an organisation you manage."))
    if any(accounts.standing(work, party).suspended for party in {provider, work.actor.id or provider}):
        raise NotAllowed(message("This account may not offer anything at the moment."))
    _require_policy(work, command, provider)
    wholes.hold_tree(work, provider, moved=command.part_of is not None)
    wholes.require_order(work, None, command, provider)
    row = Listing(
        id=new_id(),
        provider_id=provider,
        state=State.DRAFT,
        external_ref=external_ref,
        zone=work.settings.time_zone,
        created_at=work.now,
        closures=[],
        **_columns(work, command, provider),
    )
    require_times_that_exist(command.hours, values.zone_of(row), pointer="/hours")
    row.hours = command.hours.model_dump(mode="json")
    sessions.keep(work, row, ())
    work.session.add(row)
    work.session.flush()  # a second import of the same reference is refused here
    if row.part_of is not None:
        wholes.settle_all(work, row)
    return _shown(work, row)


def _require_policy(work: UnitOfWork, command: ListingCreate, provider_id: UUID) -> None:
    """Who may offer at all is the instance's policy; needs may be told by everybody, and the house is not bound."""
    offerers = Audience(work.settings.who_may_offer)
    if command.purpose is Purpose.WANT or policy.is_house(work.actor) or offerers is Audience.EVERYONE:
        return
    if not welcome(offerers, values.asker_of(accounts.standing(work, provider_id))):
        refusal = reason(Ground.INSTANCE_POLICY, audience=offerers.value)
        raise NotAllowed(refusal.detail, reasons=[refusal])


def edit(work: UnitOfWork, listing_id: UUID, patch: ListingEdit, *, seen: int | None) -> ListingRead:
    """Change what the patch names. Promises stay as they were made: they have frozen their terms."""
    changes = patch.model_dump(mode="json", exclude_unset=True)
    wholes.hold_tree(work, looking.find(work, listing_id).provider_id, moved="part_of" in changes)
    row = owned(work, listing_id, seen=seen)
    document = _document(row)
    command = _checked(merged := _merged(document, changes))
    if merged == document:
        return _shown(work, row)  # nothing is new, and nobody hears of it
    wholes.require_order(work, row, command, row.provider_id)
    units, whole, before = row.units, row.part_of, values.sessions_of(row)
    for name, value in _columns(work, command, row.provider_id).items():
        setattr(row, name, value)
    sessions.keep(work, row, before)
    if row.units != units:
        witness.move(work, row)
    if row.part_of != whole:
        wholes.settle_all(work, row)
    elif row.units != units and row.tree_id is not None:
        deriving.settle(work, holding.lock_families(work, [row.id]))
    touch(work, row)
    return _shown(work, row)


def set_hours(work: UnitOfWork, listing_id: UUID, body: HoursBody, *, seen: int | None) -> ListingHours:
    """Replace the hours."""
    row = owned(work, listing_id, seen=seen)
    require_times_that_exist(body, values.zone_of(row))
    row.hours = body.model_dump(mode="json")
    touch(work, row)
    return looking.hours(work, listing_id)


def owned(
    work: UnitOfWork, listing_id: UUID, *, seen: int | None = None, doing: str = "edit", why: str = ""
) -> Listing:
    """One's own listing, locked, in the version seen. 404 when invisible, 403 when another's, 412 when stale.

    Staff may do what providers may, and account for it: `doing` what, and `why`.
    """
    visible = looking.find(work, listing_id)
    if visible.origin_id is not None or not policy.may_edit(work.actor, visible.provider_id):
        raise NotAllowed
    row = holding.lock_families(work, [listing_id]).get(listing_id)
    if row is None:
        raise NotFound
    versions.require(seen, row.version)
    if work.actor.is_staff and not work.actor.speaks_for(row.provider_id):
        work.account_for(
            f"listing.{doing}", about="listing", about_id=row.id, party_id=row.provider_id, why=why
        )
    return row


def touch(work: UnitOfWork, row: Listing, *, was: State | None = None) -> None:
    """A new version; told to others where the public sees it, or saw it until now."""
    row.version += 1
    row.updated_at = work.now
    appearing.note(row, was=was or row.state, now=work.now)
    if row.state is State.PUBLISHED:
        appearing.look(work, [row.id])
    if PUBLIC_STATES & {row.state, was or row.state}:
        changed(work, row)
    work.session.flush()  # what is shown next is read back
    indexing.index(work.session, [row])


def changed(work: UnitOfWork, row: Listing) -> None:
    """Tell that what others see of this listing is another than before."""
    work.record(ListingChanged(listing_id=row.id, version=row.version, calendar_version=row.calendar_version))


def _shown(work: UnitOfWork, row: Listing) -> ListingRead:
    [shown] = describing.describe(work, [row])
    return shown


def _columns(work: UnitOfWork, command: ListingCreate, provider_id: UUID | None) -> dict[str, Any]:
    """What a command says, as columns; what it leaves out is the default of its kind."""
    usual = DEFAULTS[command.kind]
    details = getattr(command, command.kind.value, None) if command.kind is not Kind.EQUIPMENT else None
    wanted, tariffs = command.wanted, command.tariffs
    return {
        **command.model_dump(
            include={"purpose", "kind", "title", "description", "language", "category", "tags"}
        ),
        **command.model_dump(include={"min_units", "audience", "terms", "contract_text"}),
        **_place(work, command.place, provider_id),
        "units": wanted.units if wanted else command.units,
        "booking_mode": command.booking_mode or usual.booking_mode,
        "request_holds": usual.request_holds if command.request_holds is None else command.request_holds,
        "audience_id": command.audience_organisation_id,
        "tariffs": None if tariffs is None else [tariff.model_dump(mode="json") for tariff in tariffs],
        "price_minor": price_minor(tariffs),
        "deposit_minor": command.deposit and command.deposit.amount_minor,
        "deposit_currency": command.deposit and command.deposit.currency,
        "limits": (command.limits or LimitsEntry()).in_full(command.kind),
        **_of_the_booking(command),
        "cancellation_hours": command.cancellation.hours_before,
        "federation": command.federation or usual.federation,
        "details": details and details.model_dump(mode="json"),
        "wanted_starts_at": wanted and wanted.starts_at,
        "wanted_ends_at": wanted and wanted.ends_at,
        "updated_at": work.now,
    }


def _of_the_booking(command: ListingCreate) -> dict[str, Any]:
    """What is asked of a borrower and how long things may take."""
    usual = DEFAULTS[command.kind]
    return {
        **command.model_dump(include={"vat_permille", "min_age", "quota", "part_of"}),
        "answer_hours": command.answer_hours or usual.answer_hours,
        "queue_turn_hours": command.queue_turn_hours or usual.queue_turn_hours,
        "overdue_margin_hours": command.overdue_margin_hours or usual.overdue_margin_hours,
    }


def price_minor(tariffs: list[Any] | None) -> int | None:
    """The regular price for searching: nothing where it is free, None by arrangement."""
    if tariffs is None:
        return None
    return next((tariff.amount_minor for tariff in tariffs if tariff.tariff == "regular"), 0)


def _place(work: UnitOfWork, place: PlaceEntry, provider_id: UUID | None) -> dict[str, Any]:
    columns = {
        **place.model_dump(
            include={"street", "postal_code", "locality", "district", "show_exact", "subdivision"}
        ),
        "exact_lat": place.lat,
        "exact_lon": place.lon,
        "lat": None,
        "lon": None,
        "precision_m": None,
    }
    if place.show_exact and not _is_organisation(work, provider_id):
        detail = message("Only organisations can show their exact place.")
        raise Invalid(FieldError("/place/show_exact", detail))
    if place.lat is not None and place.lon is not None:
        exact = Point(place.lat, place.lon)
        public = exact if place.show_exact else displaced(exact, _place_key(work, provider_id), PRECISION_M)
        columns |= {
            "lat": public.lat,
            "lon": public.lon,
            "precision_m": 0 if place.show_exact else PRECISION_M,
        }
    return columns


def _place_key(work: UnitOfWork, provider_id: UUID | None) -> bytes:
    """One key per provider. With one for all, anybody could enter every house around somebody's public point as
    their own, and see which of them has the same.
    """
    return hmac.digest(secrets.get(work.session, "places"), str(provider_id).encode(), hashlib.sha256)


def _is_organisation(work: UnitOfWork, provider_id: UUID | None) -> bool:
    return provider_id is not None and accounts.standing(work, provider_id).kind == "organisation"


def _document(row: Listing) -> dict[str, Any]:
    """The command that would create this listing, as JSON."""
    want = row.purpose is Purpose.WANT and row.wanted_starts_at and row.wanted_ends_at
    deposit = values.deposit_of(row)
    return {
        **{
            name: getattr(row, name)
            for name in (
                "purpose", "kind", "title", "description", "language", "category", "tags", "min_units",
                "booking_mode", "request_holds", "audience", "tariffs", "limits", "terms", "answer_hours", "federation",
                "contract_text", "queue_turn_hours", "overdue_margin_hours", "min_age", "quota", "part_of",
                "vat_permille",
            )
        },
        "units": row.units,
        "place": {
            "street": row.street,
            "postal_code": row.postal_code,
            "locality": row.locality,
            "district": row.district,
            "lat": row.exact_lat,
            "lon": row.exact_lon,
            "show_exact": row.show_exact,
            "subdivision": row.subdivision,
        },
        "audience_organisation_id": row.audience_id,
        "deposit": deposit and {"amount_minor": deposit.amount_minor, "currency": deposit.currency},
        "cancellation": {"hours_before": row.cancellation_hours},
        "wanted": {"starts_at": row.wanted_starts_at, "ends_at": row.wanted_ends_at, "units": row.units}
        if want
        else None,
        **({row.kind.value: row.details} if row.details else {}),
    }  # fmt: skip


def _merged(target: Any, patch: Any) -> Any:
    """RFC 7396: objects merge, everything else replaces, null stays to say that there is none."""
    if not isinstance(target, Mapping) or not isinstance(patch, Mapping):
        return patch
    return {**target, **{name: _merged(target.get(name), value) for name, value in patch.items()}}


def _checked(document: Mapping[str, Any]) -> ListingCreate:
    try:
        return ListingCreate.model_validate(document)
    except ValidationError as error:
        raise invalid(error) from error


def invalid(error: ValidationError, above: str = "") -> Invalid:
    """What Pydantic found, as our refusal; `above` is where in the whole it looked."""
    return Invalid(
        *(
            FieldError(above + "".join(f"/{part}" for part in found["loc"]), explained(found))
            for found in error.errors()
        )
    )
