"""The index of search: kept in the transaction of every change, made anew from the listings at any time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, event, exists, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.kernel import cells
from app.kernel.columns import table_of
from app.kernel.places import Point
from app.listings import search_words
from app.listings.rules.lifecycle import State
from app.listings.tables import Listing, SearchEntry, SearchSpelling, SearchState, SearchTerm

NUMBER_BITS: Final = 27
"""What a number holds besides the cell, to tell apart the listings in it."""
SQUARE_SIZES: Final = (3, 6, 9)
"""The squares that are lexemes on PostgreSQL: about 0.6, 5 and 40 km high."""
_ENTRY: Final = table_of(SearchEntry)
_PLAIN: Final = (
    "created_at", "kind", "purpose", "category", "language", "audience", "audience_id", "provider_id", "origin_id",
    "federation", "units", "price_minor",
)  # fmt: skip
_READ: Final = (*_PLAIN, *search_words.READ, "id", "state", "lat", "lon", "tariffs")
_LISTING: Final = table_of(Listing)
_SOME: Final = (
    select(*(_LISTING.c[name] for name in _READ)).order_by(_LISTING.c.id).with_for_update(key_share=True)
)
"""What is indexed of the next listings, locked."""
_SQUARE: Final = "#"
_SHORTEST_WORD: Final = 4
_SHORTEST_TERM: Final = 3
_WORDS: Final = 0x5EA7C4
"""The lock of the words on PostgreSQL."""
_LONGEST_WORD: Final = 24
_LOST: Final = "words_lost"
"""Where a session keeps the words that have gone from listings in its transaction."""


def index(session: Session, listings: Iterable[Listing | Mapping[str, Any]], *, anew: bool = False) -> None:
    """Make search find these listings as they are now, or no longer: whatever changes one calls this once, before the
    transaction ends. Rows, or their columns by name where they were written without one. A few statements, however
    many they are. `anew` writes even what is there already.
    """
    session.flush()
    rows = {row["id"]: row for row in map(_columns, listings)}
    if rows:
        _unlearn_in_the_end(session, _Writing(session.connection(), rows, anew=anew).write())


def forget(session: Session, listing_ids: Sequence[UUID]) -> None:
    """Make search find these listings no longer; before they are deleted, so that none of their words stays behind."""
    _unlearn_in_the_end(session, _Writing(session.connection(), dict.fromkeys(listing_ids)).write())


def rebuild_some(session: Session, *, after: UUID | None, limit: int) -> UUID | None:
    """Write the entries of the next so many listings anew; answers the last one's id, None at the end.

    They are locked: whoever changes one meanwhile comes before, and is seen, or comes after.
    """
    query = _SOME.limit(limit)
    if after is not None:
        query = query.where(_LISTING.c.id > after)
    session.flush()
    rows = [dict(row) for row in session.connection().execute(query).mappings()]
    index(session, rows, anew=True)
    return rows[-1]["id"] if rows else None


def finish(session: Session) -> None:
    """The whole index is of this version; words that occur nowhere any more are suggested no longer."""
    connection, last = session.connection(), ""
    while keys := _next_words(connection, last):
        _unlearn(connection, keys)
        last = keys[-1]
    connection.execute(delete(SearchState))
    connection.execute(insert(SearchState), {"version": search_words.VERSION})


def is_current(session: Session) -> bool:
    """Whether the whole index is of this version."""
    return session.scalar(select(col(SearchState.version))) == search_words.VERSION


def count_listings(session: Session, *, most: int | None = None) -> int:
    """How many listings there are, in every state; no more than `most` are counted."""
    some = select(col(Listing.id)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def amiss(session: Session) -> int:
    """How many published listings have no entry, and how many entries are of others."""
    published = (col(Listing.state) == State.PUBLISHED) & (col(Listing.title) != "")
    entry = col(SearchEntry.listing_id)
    missing = (
        select(func.count()).select_from(Listing).where(published, ~exists().where(entry == col(Listing.id)))
    )
    surplus = (
        select(func.count())
        .select_from(SearchEntry)
        .where(~exists().where(entry == col(Listing.id), published))
    )
    return (session.scalar(missing) or 0) + (session.scalar(surplus) or 0)


def square(size: int, number: int) -> str:
    """The lexeme of a square of the grid; no word has such a mark."""
    return f"{_SQUARE}{size}{number:x}"


@dataclass(frozen=True, slots=True)
class _Known:
    """An entry as it is stored."""

    number: int
    digest: int


class _Writing:
    """What is to be done for some listings; None where one is to be forgotten."""

    def __init__(
        self, connection: Connection, rows: Mapping[UUID, Mapping[str, Any] | None], *, anew: bool = False
    ) -> None:
        self._connection, self._anew = connection, anew
        self._on_postgres = connection.dialect.name == "postgresql"
        self._rows = {
            listing_id: row if row and row["state"] == State.PUBLISHED and row["title"] else None
            for listing_id, row in rows.items()
        }
        self._known = self._stored()

    def write(self) -> set[str]:
        """Write them; answers the words that have gone from them, perhaps from everywhere."""
        words = {listing_id: search_words.indexed(row) for listing_id, row in self._rows.items() if row}
        entries = {
            listing_id: _entry(self._rows[listing_id] or {}, said) for listing_id, said in words.items()
        }
        kept = [
            listing_id
            for listing_id, entry in entries.items()
            if not self._anew
            and (known := self._known.get(listing_id))
            and known.digest == entry["digest"]
            and known.number >> NUMBER_BITS == entry["cell"]
        ]
        self._keep_words_still()
        gone = [listing_id for listing_id in self._known if listing_id not in set(kept)]
        lost = self._words_of(
            [one for one in gone if self._known[one].digest != entries.get(one, {}).get("digest")]
        )
        if gone:
            self._connection.execute(delete(_ENTRY).where(_ENTRY.c.listing_id.in_(gone)))
        self._change([entries[listing_id] for listing_id in kept])
        new = [entry | {"words": self._lexemes(entry, words[listing_id])} for listing_id, entry in entries.items()
               if listing_id not in set(kept)]  # fmt: skip
        self._add(new)
        spelled = {
            word
            for entry in new
            if (row := self._rows[entry["listing_id"]])
            for word in search_words.spelled(row)
        }
        told = {word for entry in new for word in words[entry["listing_id"]].split()}
        _learn(self._connection, spelled)
        _learn_terms(self._connection, told)
        return lost - told

    def _keep_words_still(self) -> None:
        """Nobody forgets a word meanwhile because they do not see yet that we use it; SQLite has one writer anyway."""
        if self._on_postgres:
            self._connection.execute(text("SELECT pg_advisory_xact_lock_shared(:name)"), {"name": _WORDS})

    def _stored(self) -> dict[UUID, _Known]:
        found = self._connection.execute(
            select(_ENTRY.c.listing_id, _ENTRY.c.number, _ENTRY.c.digest).where(
                _ENTRY.c.listing_id.in_(list(self._rows))
            )
        )
        return {listing_id: _Known(number, digest) for listing_id, number, digest in found}

    def _words_of(self, listing_ids: Sequence[UUID]) -> set[str]:
        if not listing_ids:
            return set()
        found = self._connection.execute(select(_ENTRY.c.words).where(_ENTRY.c.listing_id.in_(listing_ids)))
        return {word for (words,) in found for word in words.split()}

    def _change(self, entries: Sequence[Mapping[str, Any]]) -> None:
        if entries:
            names = [*_PLAIN, "x", "y", "z", "reduced_minor"]
            self._connection.execute(
                update(_ENTRY)
                .where(_ENTRY.c.listing_id == bindparam("b_id"))
                .values({name: bindparam(f"b_{name}") for name in names}),
                [
                    {"b_id": entry["listing_id"], **{f"b_{name}": entry[name] for name in names}}
                    for entry in entries
                ],
            )

    def _add(self, entries: Sequence[dict[str, Any]]) -> None:
        if not entries:
            return
        wished = {
            entry["listing_id"]: entry["cell"] << NUMBER_BITS | entry["listing_id"].int % 2**NUMBER_BITS
            for entry in entries
        }
        taken = set(
            self._connection.execute(
                select(_ENTRY.c.number).where(_ENTRY.c.number.in_(list(wished.values())))
            ).scalars()
        )
        for entry in entries:
            entry["number"] = self._free(wished[entry["listing_id"]], taken)
            taken.add(entry["number"])
            del entry["cell"]
        self._connection.execute(insert(_ENTRY), sorted(entries, key=lambda entry: entry["number"]))

    def _free(self, number: int, taken: set[int]) -> int:
        """The number, or the next in its cell that nobody has; hardly ever more than one look."""
        first = number >> NUMBER_BITS << NUMBER_BITS
        was = number
        while number in taken or (number != was and self._is_taken(number)):
            number = first | (number + 1) % 2**NUMBER_BITS
        return number

    def _is_taken(self, number: int) -> bool:
        return (
            self._connection.execute(select(_ENTRY.c.number).where(_ENTRY.c.number == number)).first()
            is not None
        )

    def _lexemes(self, entry: Mapping[str, Any], words: str) -> str:
        if not self._on_postgres or entry["x"] is None:
            return words
        squares = " ".join(square(size, entry["cell"] >> 2 * size) for size in SQUARE_SIZES)
        return f"{words}{squares} "


def _columns(listing: Listing | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(listing, Listing):
        return {name: getattr(listing, name) for name in _READ}
    return listing


def _entry(row: Mapping[str, Any], words: str) -> dict[str, Any]:
    point = None if row["lat"] is None or row["lon"] is None else Point(row["lat"], row["lon"])
    x, y, z = cells.sphere(point) if point else (None, None, None)
    digest = blake2b(f"{search_words.VERSION}{words}".encode(), digest_size=8).digest()
    return {
        **{name: row[name] for name in _PLAIN},
        "listing_id": row["id"],
        "cell": cells.cell_of(point) if point else cells.NOWHERE,
        "x": x,
        "y": y,
        "z": z,
        "reduced_minor": _reduced_minor(row),
        "digest": int.from_bytes(digest, signed=True),
    }


def _reduced_minor(row: Mapping[str, Any]) -> int | None:
    """The price for who is recognised here; at a partner's that counts for nothing."""
    regular: int | None = row["price_minor"]
    reduced: list[int] = [one["amount_minor"] for one in row["tariffs"] or () if one["tariff"] == "reduced"]
    return reduced[0] if reduced and row["origin_id"] is None else regular


def misspelled(word: str) -> set[str]:
    """A folded word, and the same without each one of its letters: two words that differ in one letter, or in the order
    of two beside each other, have one of these in common (W. Garbe, SymSpell, 2012).
    """
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def _learn(connection: Connection, spelled: Iterable[str]) -> None:
    """Know these words for suggestions."""
    keys = {shown: search_words.folded(shown) for shown in spelled}
    keys = {shown: key for shown, key in keys.items() if _SHORTEST_WORD <= len(key) <= _LONGEST_WORD}
    if not keys:
        return
    known = set(
        connection.execute(
            select(col(SearchSpelling.shown)).where(
                col(SearchSpelling.key).in_(sorted(set(keys.values()))),
                col(SearchSpelling.shown).in_(sorted(keys)),
            )
        ).scalars()
    )
    new = [
        {"key": key, "shown": shown}
        for shown, folded in sorted(keys.items())
        if shown not in known
        for key in sorted(misspelled(folded))
    ]
    if new:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(SearchSpelling).on_conflict_do_nothing(), new)


def _next_words(connection: Connection, last: str) -> list[str]:
    term = col(SearchTerm.term)
    return list(connection.scalars(select(term).where(term > last).order_by(term).limit(5_000)))


_INSERT_TERMS: Final = {
    "sqlite": text("INSERT OR IGNORE INTO search_term SELECT value FROM json_each(:words)"),
    "postgresql": text(
        "INSERT INTO search_term SELECT json_array_elements_text(CAST(:words AS json)) ON CONFLICT DO NOTHING"
    ),
}


def _learn_terms(connection: Connection, words: Iterable[str]) -> None:
    """Know these words of the index; in order, so that two who do the same wait for each other at most."""
    terms = sorted(
        word for word in words if not word.startswith(search_words.MARK) and len(word) >= _SHORTEST_TERM
    )
    if terms:
        connection.execute(_INSERT_TERMS[connection.dialect.name], {"words": json.dumps(terms)})


_NOWHERE_LEFT: Final = {
    "sqlite": text(
        "SELECT value FROM json_each(:words)"
        " WHERE NOT EXISTS (SELECT 1 FROM search_text WHERE search_text MATCH '\"' || value || '\"')"
    ),
    "postgresql": text(
        "SELECT value FROM json_array_elements_text(CAST(:words AS json)) AS value WHERE NOT EXISTS"
        " (SELECT 1 FROM search_entry WHERE words @@ CAST('''' || value || '''' AS tsquery))"
    ),
}


def _unlearn_in_the_end(session: Session, lost: set[str]) -> None:
    """Forget words as the last thing before the transaction ends: meanwhile nobody else can learn any."""
    if lost:
        session.info.setdefault(_LOST, set()).update(lost)
        if not event.contains(session, "before_commit", _unlearn_lost):
            event.listen(session, "before_commit", _unlearn_lost)


def _unlearn_lost(session: Session) -> None:
    if not session.in_nested_transaction():  # a savepoint is not the end
        _unlearn(session.connection(), session.info.pop(_LOST, ()))


def _unlearn(connection: Connection, lost: Iterable[str]) -> None:
    """Forget those of these words that occur nowhere any more: what somebody erased is neither known nor suggested.

    Where somebody else writes meanwhile they are left for the next time.
    """
    words = sorted(word for word in lost if not word.startswith((search_words.MARK, _SQUARE)))
    if not words:
        return
    on_postgres = connection.dialect.name == "postgresql"
    if on_postgres and not connection.scalar(
        text("SELECT pg_try_advisory_xact_lock(:name)"), {"name": _WORDS}
    ):
        return
    left = connection.scalars(_NOWHERE_LEFT[connection.dialect.name], {"words": json.dumps(words)}).all()
    if not left:
        return
    connection.execute(delete(SearchTerm).where(col(SearchTerm.term).in_(left)))
    spelled = connection.execute(
        select(col(SearchSpelling.key), col(SearchSpelling.shown)).where(col(SearchSpelling.key).in_(left))
    ).all()
    gone = {shown for key, shown in spelled if search_words.folded(shown) == key}
    keys = {key for one in gone for key in misspelled(search_words.folded(one))}
    if gone:
        connection.execute(
            delete(SearchSpelling).where(
                col(SearchSpelling.key).in_(sorted(keys)), col(SearchSpelling.shown).in_(sorted(gone))
            )
        )
