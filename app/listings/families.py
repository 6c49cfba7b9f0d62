"""The queries behind wholes and their parts (T17): who stands in a tree, and what is derived in it."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.listings.tables import Listing, Occupancy


def lock_families(session: Session, listing_ids: Collection[UUID]) -> Sequence[Listing]:
    """These listings and everything in their trees, as they are now, locked in the order of ids."""
    trees = select(Listing.tree_id).where(col(Listing.id).in_(listing_ids), col(Listing.tree_id).is_not(None))
    return session.exec(
        select(Listing)
        .where(or_(col(Listing.id).in_(listing_ids), col(Listing.tree_id).in_(trees)))
        .order_by(col(Listing.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def in_trees(session: Session, tree_ids: Collection[UUID]) -> frozenset[UUID]:
    """What stands in these trees."""
    return frozenset(session.exec(select(Listing.id).where(col(Listing.tree_id).in_(tree_ids))).all())


def tree_of(session: Session, listing_id: UUID) -> Sequence[Listing]:
    """Everything in the tree of a listing; without one, the listing alone."""
    tree = select(Listing.tree_id).where(col(Listing.id) == listing_id, col(Listing.tree_id).is_not(None))
    return session.exec(
        select(Listing).where(or_(col(Listing.id) == listing_id, col(Listing.tree_id).in_(tree)))
    ).all()


def in_trees_of_provider(
    session: Session, provider_id: UUID, besides: Collection[UUID | None]
) -> Sequence[Listing]:
    """Everything of a provider that stands in a tree, and these, as it is now."""
    return session.exec(
        select(Listing)
        .where(
            col(Listing.provider_id) == provider_id,
            or_(
                col(Listing.tree_id).is_not(None),
                col(Listing.part_of).is_not(None),
                col(Listing.id).in_(one for one in besides if one is not None),
            ),
        )
        .order_by(col(Listing.id))
        .execution_options(populate_existing=True)
    ).all()


def own_occupancies(session: Session, listing_ids: Collection[UUID]) -> Sequence[Occupancy]:
    """What was promised of these listings themselves."""
    return session.exec(
        select(Occupancy)
        .where(col(Occupancy.listing_id).in_(listing_ids), col(Occupancy.derived).is_(False))
        .execution_options(populate_existing=True)
    ).all()


def all_occupancies(session: Session, listing_id: UUID) -> Sequence[Occupancy]:
    return session.exec(select(Occupancy).where(col(Occupancy.listing_id) == listing_id)).all()


def forget_derived(session: Session, listing_ids: Collection[UUID]) -> None:
    """Forget what is derived for these listings, before it is made anew."""
    derived = session.exec(
        select(Occupancy).where(col(Occupancy.listing_id).in_(listing_ids), col(Occupancy.derived))
    ).all()
    for one in derived:
        session.delete(one)
    session.flush()


def wholes(session: Session) -> dict[UUID, UUID | None]:
    """What stands in a tree, and what it is a part of."""
    rows = session.exec(select(Listing.id, Listing.part_of).where(col(Listing.tree_id).is_not(None))).all()
    return dict(rows)
