"""What is sought, as conditions on the index of search that both databases answer alike.

Conditions name their values and hold none: what two searches differ in besides is their `shape`, and a statement is
written once for each shape.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from app.kernel import cells
from app.kernel.actor import Actor, ActorKind
from app.kernel.columns import table_of
from app.kernel.intervals import Interval
from app.kernel.places import Point
from app.listings import categories, indexing, policy
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import Purpose, Reach
from app.listings.schemas.views import ForWhom, ListingQuery, Sort
from app.listings.search_words import Sought
from app.listings.tables import Listing, Origin, SearchSpelling, SearchTerm, UseSegment
from app.listings.text_match import ENTRY, Match

_ORIGIN: Final = table_of(Origin)
_SEGMENT: Final = table_of(UseSegment)
_MOST_TERMS: Final = 64
_LAST: Final = "\U0010ffff"
LISTING: Final[Any] = Listing
"""The same conditions can be asked of the listings themselves, where one's own in any state are sought."""


class Only(StrEnum):
    """A part of what is sought."""

    FRESH = "fresh"  # ours, or of a partner whom we have heard lately
    STALE = "stale"
    FREE = "free"  # not out at this moment; a want is nothing that could be free
    TAKEN = "taken"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Search:
    """A query, with its parameters read, and what of the asker and the partners it depends on.

    `words` is None where none are asked for; `terms` are the same with beginnings spelled out. `hidden` partners are
    not shown, `stale` ones have not been heard lately.
    """

    query: ListingQuery
    actor: Actor
    now: datetime
    sort: Sort
    near: Point | None = None
    span: Interval | None = None
    words: tuple[Sought, ...] | None = None
    terms: tuple[Sought, ...] | None = None
    recognised: bool = False
    hidden: tuple[UUID, ...] = ()
    stale: tuple[UUID, ...] = ()

    @property
    def match(self) -> "Match | None":
        """The words, if there are any."""
        return Match(self.words, terms=self.terms) if self.words else None

    @property
    def farthest(self) -> float:
        """The squared chord of the radius; everything is nearer without one."""
        radius = self.query.radius_km
        return cells.ALL_AROUND if self.near is None or radius is None else cells.chord2(radius)

    @cached_property
    def shape(self) -> tuple[object, ...]:
        """Everything that decides which conditions there are, whatever their values."""
        query, actor = self.query, self.actor
        told = (query.kind, query.purpose, query.language, query.category, query.max_price, self.span)
        return (
            *(value is not None for value in told),
            query.units > 1,
            query.free_of_charge,
            query.origin if query.origin in _ORIGINS else "named",
            None if query.audience is None else query.audience is ForWhom.ME,
            self.recognised,
            policy.is_house(actor),
            actor.kind is ActorKind.PARTNER,
            bool(actor.memberships),
            bool(actor.parties),
            bool(self.hidden),
            bool(self.stale),
        )

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the conditions name."""
        query = self.query
        x, y, z = cells.sphere(self.near) if self.near else (None, None, None)
        return {
            "units": query.units,
            "kind": query.kind,
            "purpose": query.purpose,
            "language": query.language,
            "categories": _with_descendants(query.category),
            "starts_at": self.span and self.span.start,
            "ends_at": self.span and self.span.end,
            "now": self.now,
            "audience": query.audience,
            "audiences": self._audiences,
            "groups": list(self.actor.memberships),
            "own": list(self.actor.parties),
            "max_price": query.max_price,
            "origin": query.origin,
            "hidden": self.hidden,
            "stale": self.stale,
            "x": x,
            "y": y,
            "z": z,
        }

    @property
    def _audiences(self) -> list[Audience]:
        """Whom somebody belongs to like whom the actor is (T18)."""
        groups = [Audience.ORGANISATIONS] if self.actor.memberships else []
        recognised = [Audience.RECOGNISED_ORGANISATIONS] if self.recognised else []
        return [Audience.EVERYONE, *groups, *recognised]


_ORIGINS: Final = frozenset({None, "ours", "partners"})


def _with_descendants(category: str | None) -> list[str]:
    return [] if category is None else sorted(categories.with_descendants(category) or {category})


def _any_of(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def conditions(search: Search, on: Any = ENTRY) -> list[ColumnElement[bool]]:
    """Everything that SQL can decide but words and distances; hours and closures are looked at afterwards."""
    query = search.query
    found = [*_origin(query.origin, on), *_persons(search, on)]
    if query.units > 1:
        found.append(on.units >= bindparam("units"))
    exactly = ("kind", "purpose", "language")
    found += [getattr(on, name) == bindparam(name) for name in exactly if getattr(query, name) is not None]
    if query.category is not None:
        found.append(on.category.in_(_any_of("categories")))
    if search.span is not None:
        found += [on.purpose == Purpose.OFFER, ~_too_much_in_use(on)]
    return found


def _persons(search: Search, on: Any) -> list[ColumnElement[bool]]:
    """What depends on who asks: for whom it is, and what it costs them."""
    query = search.query
    price = on.reduced_minor if search.recognised and on is ENTRY else on.price_minor
    found: list[ColumnElement[bool]] = []
    if query.audience is ForWhom.ME:
        found.append(_meant_for(search, on))
    elif query.audience is not None:
        found.append(on.audience == bindparam("audience"))
    if query.max_price is not None:
        found.append(price <= bindparam("max_price"))
    if query.free_of_charge is not None:
        found.append(price == 0 if query.free_of_charge else or_(price != 0, price.is_(None)))
    return found


def _meant_for(search: Search, on: Any) -> ColumnElement[bool]:
    """Whether the asker, or an organisation they belong to, is among those whom it is for (T18)."""
    meant: ColumnElement[bool] = on.audience.in_(_any_of("audiences"))
    if search.actor.memberships:
        meant = or_(meant, and_(on.audience == Audience.MEMBERS_OF, on.audience_id.in_(_any_of("groups"))))
    return meant


def visible(search: Search) -> list[ColumnElement[bool]]:
    """What of the index the actor may see (`repository.visible_to`, asked of the index)."""
    actor = search.actor
    if policy.is_house(actor):
        return []
    public = [ENTRY.audience != Audience.MEMBERS_OF]
    if actor.memberships:
        public = [or_(*public, ENTRY.audience_id.in_(_any_of("groups")))]
    if search.hidden:
        public.append(or_(ENTRY.origin_id.is_(None), ENTRY.origin_id.not_in(_any_of("hidden"))))
    if actor.kind is ActorKind.PARTNER:
        return [*public, ENTRY.origin_id.is_(None), ENTRY.federation != Reach.NONE]
    return [or_(and_(*public), ENTRY.provider_id.in_(_any_of("own")))] if actor.parties else public


def only(part: Only) -> ColumnElement[bool]:
    """The condition that says so."""
    match part:
        case Only.FRESH:
            fresh: ColumnElement[bool] = or_(
                ENTRY.origin_id.is_(None), ENTRY.origin_id.not_in(_any_of("stale"))
            )
            return fresh
        case Only.STALE:
            stale: ColumnElement[bool] = ENTRY.origin_id.in_(_any_of("stale"))
            return stale
        case Only.FREE:
            return and_(ENTRY.purpose == Purpose.OFFER, ~_out_now())
        case Only.TAKEN:
            return or_(ENTRY.purpose != Purpose.OFFER, _out_now())
        case Only.NOWHERE:
            nowhere: ColumnElement[bool] = ENTRY.x.is_(None)
            return nowhere


def _too_much_in_use(on: Any) -> ColumnElement[bool]:
    """Whether some segment in the stretch leaves fewer units."""
    return exists().where(
        _SEGMENT.c.listing_id == (on.listing_id if on is ENTRY else on.id),
        _SEGMENT.c.ends_at > bindparam("starts_at"),
        _SEGMENT.c.starts_at < bindparam("ends_at"),
        _SEGMENT.c.used > on.units - bindparam("units"),
    )


def _out_now() -> ColumnElement[bool]:
    """Whether at this moment there are fewer units."""
    return exists().where(
        _SEGMENT.c.listing_id == ENTRY.listing_id,
        _SEGMENT.c.ends_at > bindparam("now"),
        _SEGMENT.c.starts_at <= bindparam("now"),
        _SEGMENT.c.used > ENTRY.units - bindparam("units"),
    )


def _origin(origin: str | None, on: Any) -> list[ColumnElement[bool]]:
    match origin:
        case None:
            return []
        case "ours":
            return [on.origin_id.is_(None)]
        case "partners":
            return [on.origin_id.is_not(None)]
        case _:
            named = select(_ORIGIN.c.id).where(
                or_(_ORIGIN.c.instance == bindparam("origin"), _ORIGIN.c.name == bindparam("origin"))
            )
            return [on.origin_id.in_(named)]


def square_names(near: Point, radius_km: float) -> list[str]:
    """The lexemes of squares that cover the disc, or none where it is too large for them."""
    for size in indexing.SQUARE_SIZES:
        found = cells.squares(near, radius_km, size=size, most=24)
        if found is not None:
            return [indexing.square(size, number) for number in found]
    return []


_QUIET: Final = select(_ORIGIN.c.id, _ORIGIN.c.shown).where(
    or_(~_ORIGIN.c.shown, _ORIGIN.c.fresh_at < bindparam("heard_before"))
)


def quiet_origins(session: Session, *, heard_before: datetime) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The partners that are not shown, and those that are, but were heard last before then."""
    found = session.connection().execute(_QUIET, {"heard_before": heard_before}).all()
    return tuple(one for one, shown in found if not shown), tuple(one for one, shown in found if shown)


def own(session: Session, search: Search) -> Sequence[Listing]:
    """What the asker and their organisations offer or seek, words and distances aside."""
    fits = [col(Listing.provider_id).in_(list(search.actor.parties)), *conditions(search, LISTING)]
    if search.query.state is not None:
        fits.append(col(Listing.state) == search.query.state)
    return session.scalars(select(Listing).where(*fits), search.values).all()


def spellings(session: Session, keys: Collection[str]) -> Sequence[str]:
    """The words that are known under one of these."""
    return session.scalars(
        select(col(SearchSpelling.shown)).where(col(SearchSpelling.key).in_(sorted(keys))).distinct()
    ).all()


@lru_cache
def _beginning(count: int) -> CompoundSelect[Any]:
    """The known words that begin like one of so many, not all of them where they are too many."""
    term = col(SearchTerm.term)
    some = (
        select(literal_column(str(at)).label("at"), term)
        .where(term >= bindparam(f"first_{at}"), term < bindparam(f"beyond_{at}"))
        .limit(_MOST_TERMS + 1)
        .subquery()
        for at in range(count)
    )
    return union_all(*map(select, some))


def spelled_out(session: Session, words: tuple[Sought, ...]) -> tuple[Sought, ...]:
    """The words with the terms that begin like them, where these are not too many: the postings of a term are read as
    far as somebody looks, those of a beginning all at once.
    """
    beginnings = [word.beginning for word in words if word.beginning]
    if not beginnings:
        return words
    asked = {f"first_{at}": beginning for at, beginning in enumerate(beginnings)}
    asked |= {f"beyond_{at}": beginning + _LAST for at, beginning in enumerate(beginnings)}
    found: dict[str, list[str]] = {beginning: [] for beginning in beginnings}
    for at, known in session.connection().execute(_beginning(len(beginnings)), asked):
        found[beginnings[at]].append(known)
    return tuple(
        Sought(tuple(dict.fromkeys((*word.exactly, *sorted(found[word.beginning])))), None)
        if word.beginning and len(found[word.beginning]) <= _MOST_TERMS
        else word
        for word in words
    )
