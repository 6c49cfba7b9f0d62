"""Wholes and their parts (T17), as nothing but ids: who is touched when something of the tree is taken. Pure."""

from collections.abc import Iterator, Mapping
from uuid import UUID

WholeOf = Mapping[UUID, UUID | None]
"""What each listing is a part of; None is nothing."""


def relatives(listing_id: UUID, whole_of: WholeOf) -> frozenset[UUID]:
    """What cannot be had while this is: all it is a part of, and all its parts. What lies beside it stays free."""
    return frozenset(_above(listing_id, whole_of)) | frozenset(_below(listing_id, whole_of))


def root(listing_id: UUID, whole_of: WholeOf) -> UUID | None:
    """The whole that is a part of nothing, by which a tree is known; None for what has no relatives."""
    above = list(_above(listing_id, whole_of))
    if above:
        return above[-1]
    return listing_id if listing_id in whole_of.values() else None


def _above(listing_id: UUID, whole_of: WholeOf) -> Iterator[UUID]:
    whole = whole_of.get(listing_id)
    while whole is not None and whole in whole_of:
        yield whole
        whole = whole_of[whole]


def _below(listing_id: UUID, whole_of: WholeOf) -> Iterator[UUID]:
    for part in [part for part, whole in whole_of.items() if whole == listing_id]:
        yield part
        yield from _below(part, whole_of)
