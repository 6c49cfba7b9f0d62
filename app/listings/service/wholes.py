"""Wholes and their parts (T17): a hall and its halves, a set and its parts. What a booking of one does to the others
is said where asks are judged; here a tree is kept in order.
"""

from typing import Final
from uuid import UUID

from app.kernel.problems import FieldError, Invalid
from app.kernel.text import Message, message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import families, repository
from app.listings.rules.kinds import Purpose
from app.listings.rules.lifecycle import State
from app.listings.schemas.commands import ListingCreate
from app.listings.service.deriving import family_among, settle
from app.listings.tables import Listing

DEEPEST: Final = 4
"""A whole, its parts, theirs, and theirs."""


def hold_tree(work: UnitOfWork, provider_id: UUID | None, *, moved: bool) -> None:
    """Lock all of a provider's listings before one of them joins or leaves a whole, so that two that join each other
    at the same time do not make a circle. Comes before any other lock on a listing.
    """
    if provider_id is not None and moved:
        repository.lock_of_provider(work.session, provider_id)


def require_order(
    work: UnitOfWork,
    row: Listing | None,
    command: ListingCreate,
    provider_id: UUID | None,
) -> None:
    """Raises Invalid unless the whole is an offer of the same provider, there is one of it, nothing is a part of
    itself, and no tree is deeper than four. `row` is None for a new listing, which has no parts yet.
    """
    parts = repository.parts_of(work.session, [row.id]) if row else []
    if parts and command.units != 1:
        raise Invalid(FieldError("/units", message("It has parts, so there is one of it.")))
    part_of = command.part_of
    if part_of is None or (row and part_of == row.part_of):
        return  # what has become of the whole since is no fault of this edit
    above = _above(work, part_of)
    whole = above[0] if above else None
    if whole is None or whole.provider_id != provider_id or whole.state is State.CLOSED:
        raise _refused(message("There is no such listing of the same provider."))
    if Purpose.WANT in (command.purpose, whole.purpose):
        raise _refused(message("Only offers have parts, and only offers are parts."))
    if whole.units != 1:
        raise _refused(message("There are several of it; only what there is one of has parts."))
    if row and row.id in {one.id for one in above}:
        raise _refused(message("Nothing is a part of itself."))
    if len(above) + _height(work, parts) > DEEPEST:
        raise _refused(message("Parts of parts go no deeper than {most}.", most=DEEPEST))


def settle_all(work: UnitOfWork, row: Listing) -> None:
    """Make anew what follows from the provider's trees, of which one has changed; all are held (see `hold_tree`)."""
    assert row.provider_id is not None
    work.session.flush()
    rows = families.in_trees_of_provider(work.session, row.provider_id, [row.id, row.part_of])
    settle(work, family_among(rows))


def _above(work: UnitOfWork, listing_id: UUID | None) -> list[Listing]:
    """The listing and what it is a part of, step by step, no further than one too many."""
    found: list[Listing] = []
    while listing_id is not None and len(found) <= DEEPEST:
        row = work.session.get(Listing, listing_id)
        if row is None:
            break
        found.append(row)
        listing_id = row.part_of
    return found


def _height(work: UnitOfWork, parts: list[UUID]) -> int:
    """How many levels a listing with these parts and what is below it make, no more than one too many."""
    levels = 1
    while parts and levels <= DEEPEST:
        levels += 1
        parts = repository.parts_of(work.session, parts)
    return levels


def _refused(detail: Message) -> Invalid:
    return Invalid(FieldError("/part_of", detail))
