"""Holding listings still: the one lock of a listing and of its whole tree (T6, T17)."""

from collections.abc import Collection
from uuid import UUID

from app.kernel.problems import Overtaken
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import families
from app.listings.rules.trees import relatives
from app.listings.tables import Listing

Family = dict[UUID, Listing]
"""Locked listings by id: those that were asked for, and everything in their trees."""


def hold_still(work: UnitOfWork, listing_id: UUID) -> int | None:
    """Let nobody change the listing or its calendar before this transaction ends; answers its version, if any.

    Who has judged an ask and acts on it says this in between (T6): in the version they saw, what they saw still
    holds. Judging comes first, so that those who are refused keep nobody waiting.
    """
    return hold_all_still(work, [listing_id])[listing_id]


def hold_all_still(work: UnitOfWork, listing_ids: Collection[UUID]) -> dict[UUID, int | None]:
    """The same for several listings: they and their relatives are locked at once, in the order of ids."""
    held = lock_families(work, listing_ids)
    return {one: held[one].version if one in held else None for one in listing_ids}


def lock_families(work: UnitOfWork, listing_ids: Collection[UUID]) -> Family:
    """Lock these listings and the trees they stand in, in the order of ids, so that nobody waits in a circle.

    Overtaken where a tree has grown while we waited for it: what is missing may come before what is locked now.
    """
    held = {row.id: row for row in families.lock_families(work.session, listing_ids)}
    trees = {row.tree_id for row in held.values() if row.tree_id is not None}
    if trees and not families.in_trees(work.session, trees) <= held.keys():
        raise Overtaken
    return held


def relatives_in(family: Family, listing_id: UUID) -> list[Listing]:
    """Those of the family that cannot be had while this listing is, in the order of ids."""
    whole_of = {row.id: row.part_of for row in family.values()}
    return [family[one] for one in sorted(relatives(listing_id, whole_of))]


def family_of(reading: Reading, listing_id: UUID) -> list[UUID]:
    """The listing and everything that cannot be had while it is, locked by nobody."""
    tree = {row.id: row for row in families.tree_of(reading.session, listing_id)}
    return [listing_id, *(row.id for row in relatives_in(tree, listing_id))]
