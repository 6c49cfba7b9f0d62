"""What is sought, as conditions on the index of search that both databases answer alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    TextClause,
    and_,
    exists,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
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
from app.listings.search_words import MARK, Sought
from app.listings.tables import Listing, Origin, SearchEntry, SearchSpelling, SearchTerm, UseSegment

ENTRY: Final[Any] = SimpleNamespace(
    **{
        column.name: literal_column(f"search_entry.{column.name}", column.type)
        for column in table_of(SearchEntry).columns
    }
)
"""The columns of the index by themselves: which table they come from is said once, in FROM."""
_ORIGIN: Final = table_of(Origin)
_SEGMENT: Final = table_of(UseSegment)
_MOST_TERMS: Final = 64
_LAST: Final = "\U0010ffff"
LISTING: Final[Any] = Listing
"""The same conditions can be asked of the listings themselves, where one's own in any state are sought."""


@dataclass(frozen=True, slots=True)
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


def conditions(search: Search, on: Any = ENTRY) -> list[ColumnElement[bool]]:
    """Everything that SQL can decide but words and distances; hours and closures are looked at afterwards."""
    query = search.query
    found = [*_origin(query.origin, on), *_persons(search, on)]
    if query.units > 1:
        found.append(on.units >= query.units)
    for column, value in ((on.kind, query.kind), (on.purpose, query.purpose), (on.language, query.language)):
        if value is not None:
            found.append(column == value)
    if query.category is not None:
        slugs = categories.with_descendants(query.category) or {query.category}
        found.append(on.category.in_(sorted(slugs)))
    if search.span is not None:
        found += [
            on.purpose == Purpose.OFFER,
            ~too_much_in_use(search.span.start, search.span.end, query.units, on),
        ]
    return found


def _persons(search: Search, on: Any) -> list[ColumnElement[bool]]:
    """What depends on who asks: for whom it is, and what it costs them."""
    query = search.query
    price = on.reduced_minor if search.recognised and on is ENTRY else on.price_minor
    found: list[ColumnElement[bool]] = []
    if query.audience is ForWhom.ME:
        found.append(_meant_for(search, on))
    elif query.audience is not None:
        found.append(on.audience == query.audience.value)
    if query.max_price is not None:
        found.append(price <= query.max_price)
    if query.free_of_charge is not None:
        found.append(price == 0 if query.free_of_charge else or_(price != 0, price.is_(None)))
    return found


def _meant_for(search: Search, on: Any) -> ColumnElement[bool]:
    """Whether the asker, or an organisation they belong to, is among those whom it is for (T18)."""
    groups = list(search.actor.memberships)
    audiences = [Audience.EVERYONE]
    if groups:
        audiences.append(Audience.ORGANISATIONS)
    if search.recognised:
        audiences.append(Audience.RECOGNISED_ORGANISATIONS)
    meant: ColumnElement[bool] = on.audience.in_(audiences)
    if groups:
        meant = or_(meant, and_(on.audience == Audience.MEMBERS_OF, on.audience_id.in_(groups)))
    return meant


def visible(search: Search) -> list[ColumnElement[bool]]:
    """What of the index the actor may see (`repository.visible_to`, asked of the index)."""
    actor = search.actor
    if policy.is_house(actor):
        return []
    groups = list(actor.memberships)
    public = [ENTRY.audience != Audience.MEMBERS_OF]
    if groups:
        public = [or_(*public, ENTRY.audience_id.in_(groups))]
    if search.hidden:
        public.append(or_(ENTRY.origin_id.is_(None), ENTRY.origin_id.not_in(search.hidden)))
    if actor.kind is ActorKind.PARTNER:
        return [*public, ENTRY.origin_id.is_(None), ENTRY.federation != Reach.NONE]
    own = list(actor.parties)
    return [or_(and_(*public), ENTRY.provider_id.in_(own))] if own else public


def fresh(search: Search) -> ColumnElement[bool]:
    """Ours, or of a partner whom we have heard lately."""
    return or_(ENTRY.origin_id.is_(None), ENTRY.origin_id.not_in(search.stale)) if search.stale else true()


def free_now(search: Search) -> ColumnElement[bool]:
    """Whether it is not out at this moment; a want is nothing that could be free."""
    return and_(
        ENTRY.purpose == Purpose.OFFER, ~too_much_in_use(search.now, search.now, search.query.units, ENTRY)
    )


def too_much_in_use(start: datetime, end: datetime, units: int, on: Any) -> ColumnElement[bool]:
    """Whether some segment in the stretch leaves fewer units; with start = end, at that moment."""
    begins = _SEGMENT.c.starts_at <= end if start == end else _SEGMENT.c.starts_at < end
    of = on.listing_id if on is ENTRY else on.id
    return exists().where(
        _SEGMENT.c.listing_id == of,
        _SEGMENT.c.ends_at > start,
        begins,
        _SEGMENT.c.used > on.units - units,
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
            named = select(_ORIGIN.c.id).where(or_(_ORIGIN.c.instance == origin, _ORIGIN.c.name == origin))
            return [on.origin_id.in_(named)]


@dataclass(frozen=True, slots=True)
class Match:
    """Words in the language of the full text index: all of them, in the title, or somewhere but not in the title.

    `terms` are the `words` with as many beginnings spelled out as possible.
    """

    words: tuple[Sought, ...]
    where: str = "anywhere"
    any_of: bool = False
    terms: tuple[Sought, ...] | None = None

    def on_sqlite(self) -> str:
        def one(word: Sought, mark: str) -> str:
            found = [f'"{mark}{form}"' for form in _needed(word)]
            beginning = [f'"{mark}{word.beginning}" *'] if word.beginning else []
            return "(" + " OR ".join(found + beginning) + ")"

        return self._said(one, " OR " if self.any_of else " AND ", "({}) NOT ({})")

    def on_postgres(self, squares: Sequence[str] = ()) -> str:
        def one(word: Sought, mark: str) -> str:
            found = [f"'{mark}{form}'" for form in _needed(word)]
            beginning = [f"'{mark}{word.beginning}':*"] if word.beginning else []
            return "(" + "|".join(found + beginning) + ")"

        said = self._said(one, "|" if self.any_of else "&", "({}) & !({})")
        inside = "|".join(f"'{square}'" for square in squares)
        return f"({said}) & ({inside})" if squares else said

    def _said(self, one: Any, joined_by: str, without: str) -> str:
        anywhere, in_title = (
            joined_by.join(one(word, mark) for word in self.terms or self.words) for mark in ("", MARK)
        )
        match self.where:
            case "title":
                return in_title
            case "text":
                return without.format(anywhere, in_title)
            case _:
                return anywhere

    def as_likes(self) -> ColumnElement[bool]:
        """The same by reading the words of a row: for words so frequent that most rows at hand have them."""

        def one(word: Sought, mark: str) -> ColumnElement[bool]:
            likes = [ENTRY.words.like(f"% {mark}{form} %") for form in _needed(word)]
            return or_(*likes, *([ENTRY.words.like(f"% {mark}{word.beginning}%")] if word.beginning else []))

        joined = or_ if self.any_of else and_
        anywhere, in_title = (joined(*(one(word, mark) for word in self.words)) for mark in ("", MARK))
        match self.where:
            case "title":
                return in_title
            case "text":
                return and_(anywhere, ~in_title)
            case _:
                return anywhere


def _needed(word: Sought) -> list[str]:
    """The forms that its beginning does not find anyway."""
    return [form for form in word.exactly if not (word.beginning and form.startswith(word.beginning))]


def listed(source: str, **values: Any) -> TextClause:
    """A FROM clause in words, where the order of the loops matters."""
    return text(source).bindparams(**values)


def square_names(near: Point, radius_km: float) -> list[str]:
    """The lexemes of squares that cover the disc, or none where it is too large for them."""
    for size in indexing.SQUARE_SIZES:
        found = cells.squares(near, radius_km, size=size, most=24)
        if found is not None:
            return [indexing.square(size, number) for number in found]
    return []


def quiet_origins(session: Session, *, heard_before: datetime) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The partners that are not shown, and those that are, but were heard last before then."""
    found = (
        session.connection()
        .execute(
            select(_ORIGIN.c.id, _ORIGIN.c.shown).where(
                or_(~_ORIGIN.c.shown, _ORIGIN.c.fresh_at < heard_before)
            )
        )
        .all()
    )
    return tuple(one for one, shown in found if not shown), tuple(one for one, shown in found if shown)


def own(session: Session, search: Search) -> Sequence[Listing]:
    """What the asker and their organisations offer or seek, words and distances aside."""
    fits = [col(Listing.provider_id).in_(list(search.actor.parties)), *conditions(search, LISTING)]
    if search.query.state is not None:
        fits.append(col(Listing.state) == search.query.state)
    return session.scalars(select(Listing).where(*fits)).all()


def spellings(session: Session, keys: Collection[str]) -> Sequence[str]:
    """The words that are known under one of these."""
    return session.scalars(
        select(col(SearchSpelling.shown)).where(col(SearchSpelling.key).in_(sorted(keys))).distinct()
    ).all()


def spelled_out(session: Session, words: tuple[Sought, ...]) -> tuple[Sought, ...]:
    """The words with the terms that begin like them, where these are not too many: the postings of a term are read as
    far as somebody looks, those of a beginning all at once.
    """
    beginnings = [word.beginning for word in words if word.beginning]
    if not beginnings:
        return words
    term = col(SearchTerm.term)
    some = [
        select(literal(beginning).label("beginning"), term)
        .where(term >= beginning, term < beginning + _LAST)
        .limit(_MOST_TERMS + 1)
        .subquery()
        for beginning in beginnings
    ]
    found: dict[str, list[str]] = {beginning: [] for beginning in beginnings}
    for beginning, known in session.connection().execute(union_all(*(select(one) for one in some))):
        found[beginning].append(known)
    return tuple(
        Sought(tuple(dict.fromkeys((*word.exactly, *sorted(found[word.beginning])))), None)
        if word.beginning and len(found[word.beginning]) <= _MOST_TERMS
        else word
        for word in words
    )
