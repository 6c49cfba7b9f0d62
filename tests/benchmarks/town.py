"""Towns of any size from a seed: listings like those people write, dense in the centre and sparse at the edge."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

from sqlmodel import SQLModel

from app.federation.service import publishing
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.listings.tables import Listing
from app.wiring import Instance
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer, weekly

THINGS = (
    "Bohrmaschine", "Lastenrad", "Beamer", "Leiter", "Bierzeltgarnitur", "Klappstuhl", "Zelt", "Apfelpresse", "Nähmaschine",
    "Hochdruckreiniger", "Kettensäge", "Waffeleisen", "Anhänger", "Kinderwagen", "Pavillon", "Mikrofon", "Stichsäge",
    "Häcksler", "Schneeschuhe", "Faltboot", "Dörrautomat", "Werkbank", "Lötkolben", "Nähkurs", "Probenraum", "Gemeindesaal",
)  # fmt: skip
MANNERS = ("kleine", "große", "alte", "fast neue", "blaue", "robuste", "leise", "schwere", "praktische")
WORDS = (
    "für", "das", "Fest", "im", "Hof", "mit", "Zubehör", "und", "Anleitung", "bitte", "sauber", "zurück", "gern", "auch", "am",
    "Wochenende", "Nachbarschaft", "Strom", "Verlängerung", "Kiste", "Keller", "Straße", "Übergabe", "nach", "Absprache",
)  # fmt: skip
CENTRE = (51.34, 12.37)
_BATCH = 2_000


def fill(instance: Instance, size: int, seed: int) -> None:
    """So many published listings, and a feed that has them all.

    One listing is made as a resident makes it; the others are copies of its row with words and places of their own.
    """
    draw = random.Random(seed)
    owner = signed_in_person(instance, "Ada")
    offer(
        instance,
        owner,
        title="Muster",
        category="drills",
        federation="bookable",
        hours={"pick_up": weekly(("09:00", "12:00"), ("15:00", "19:00"))},
        place={"lat": CENTRE[0], "lon": CENTRE[1]},
    )
    with instance.transactions.reading(SYSTEM) as reading:
        first = dict(reading.session.connection().execute(_table(Listing).select()).mappings().one())
    for batch in _batched(_copies(first, size - 1, draw)):
        with instance.transactions.writing(SYSTEM) as work:
            work.session.connection().execute(_table(Listing).insert(), batch)
    with instance.transactions.writing(SYSTEM) as work:
        publishing.mark_everything(work)


def _table(kind: type[SQLModel]) -> Any:
    return kind.__table__  # type: ignore[attr-defined]


def _batched(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(itertools.islice(rows, _BATCH)):
        yield batch


def _copies(first: dict[str, Any], count: int, draw: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(count):
        thing = THINGS[min(int(draw.paretovariate(0.7)) - 1, len(THINGS) - 1)]
        title = f"{draw.choice(MANNERS).capitalize()} {thing} {number}"
        words = " ".join(draw.choices(WORDS, k=draw.randint(8, 40)))
        yield first | {
            "id": new_id(),
            "title": title,
            "description": words,
            "units": min(40, int(draw.paretovariate(1.2))),
            "lat": round(draw.gauss(CENTRE[0], 0.05), 5),
            "lon": round(draw.gauss(CENTRE[1], 0.08), 5),
            "tree_id": None,
        }
