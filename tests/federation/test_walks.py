"""T-01, T-03: whoever walks through a feed meets each thing, whatever is changed meanwhile."""

import random
from typing import Any

import pytest

from app.listings import service as listings
from tests.factories.listings import offer
from tests.federation.test_feed import Reader, reader

__all__ = ["reader"]
TOLD = ("title", "description", "tags")


def check_walks(reader: Reader, number: int, limits: list[int]) -> None:
    instance = reader.regions.leipzig.instance
    seeded: dict[str, tuple[str, str, list[str]]] = {}
    for turn in range(number):
        title, tags = f"Stuhl {turn}", [f"Reihe {turn % 9}"]
        made = offer(instance, reader.ben, title=title, description=f"Der {turn}. Stuhl.", tags=tags)
        seeded[str(made.id)] = (title, f"Der {turn}. Stuhl.", tags)
        if turn % 50 == 0:
            offer(instance, reader.ben, title="Nur hier", federation="none")
    reader.publish()

    walks = [list(reader.walk(limit=limit)) for limit in limits]

    for items in walks:
        assert len(items) == number
        assert {it["id"]: tuple(it["data"][name] for name in TOLD) for it in items} == seeded
        assert items == walks[0]
        assert [item["seq"] for item in items] == sorted({item["seq"] for item in items})


def test_t01_a_walk_returns_exactly_what_is_shared_however_long_its_steps(reader: Reader) -> None:
    check_walks(reader, 7, [1, 3, 500])


@pytest.mark.long
def test_t01_a_walk_returns_exactly_the_2_600_that_are_shared(reader: Reader) -> None:
    check_walks(reader, 2_600, [1, 7, 500, 1_000])


class Crossed:
    """A walk that is crossed by changes: after each page something may be renamed, hidden or shown."""

    def __init__(self, reader: Reader, number: int) -> None:
        self.reader, self.turn = reader, 0
        titles = [f"Stuhl {index}" for index in range(number)]
        self.shown: dict[Any, str | None] = dict(zip(reader.offers(*titles), titles, strict=True))
        """The title of each, by id; None while it is hidden."""

    def change(self, chance: random.Random) -> None:
        listing_id = chance.choice(list(self.shown))
        instance = self.reader.regions.leipzig.instance
        if self.shown[listing_id] is None:
            with instance.transactions.writing(self.reader.ben.actor_in(instance)) as work:
                self.shown[listing_id] = listings.publish(work, listing_id).title
        elif chance.random() < 0.3:
            with instance.transactions.writing(self.reader.ben.actor_in(instance)) as work:
                listings.pause(work, listing_id)
            self.shown[listing_id] = None
        else:
            self.turn += 1
            self.shown[listing_id] = title = f"Stuhl, zum {self.turn}. Mal anders"
            self.reader.edit(listing_id, title=title)
        if chance.random() < 0.8:  # now and then two changes are published together
            self.reader.publish()

    def walk(self, chance: random.Random) -> None:
        """One walk, crossed by a few changes; what was met in it is what there is."""
        met: dict[str, str | None] = {}
        after, last, changes = "", 0, chance.randint(1, 2)
        while True:
            page = self.reader.page(limit=chance.randint(1, 3), **({"after": after} if after else {}))
            for item in page["items"]:
                assert item["seq"] > last
                last, met[item["id"]] = item["seq"], _title(item)
            after = page["cursor"]
            if changes and chance.random() < 0.7:
                self.change(chance)
                changes -= 1
            elif not page["more"]:
                break
        self.reader.publish()
        for item in self.reader.walk(after=after):
            met[item["id"]] = _title(item)
        assert {key: title for key, title in met.items() if title} == {
            str(key): title for key, title in self.shown.items() if title
        }


def _title(item: dict[str, Any]) -> str | None:
    return item["data"]["title"] if item["state"] == "active" else None


@pytest.mark.parametrize("walks", [8, pytest.param(10_000, marks=pytest.mark.long)])
def test_t03_what_changes_during_a_walk_comes_again_and_nothing_is_lost(reader: Reader, walks: int) -> None:
    crossed = Crossed(reader, 4)
    for seed in range(walks):
        crossed.walk(random.Random(seed))
