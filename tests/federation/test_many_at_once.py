"""What many entries cost: a page is taken, and numbers are given, with as many questions as one entry takes."""

from collections.abc import Iterator

import pytest

from app.federation.service import consuming, publishing
from app.federation.tables import PartnerFeed
from app.kernel.actor import SYSTEM
from app.wiring import Instance
from tests.factories.accounts import signed_in_person
from tests.factories.imposters import entry, tombstone
from tests.factories.listings import offer
from tests.factories.origins import Origin, serving_origin
from tests.factories.queries import counted


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving_origin() as served:
        yield served


def test_a_page_is_taken_with_as_many_questions_however_many_entries_it_has(
    instance: Instance, origin: Origin
) -> None:
    partner_id = origin.befriend(instance)
    site = origin.base.removesuffix("/dfp/v1")
    photos = [{"url": f"{site}/1.webp", "alt": "Von vorn"}]

    def asked(number: int, first: int) -> dict[str, int]:
        ids = [f"of-{number}-{one}" for one in range(number)]
        told = {
            "new": [entry(0, item_id, url=f"{site}/1", photos=photos) for item_id in ids],
            "changed": [entry(0, item_id, url=f"{site}/1", units=7) for item_id in ids],
            "refused": [entry(0, item_id, url=f"{site}/1", units=-1) for item_id in ids],
            "good again": [entry(0, item_id, url=f"{site}/1") for item_id in ids],
            "gone": [tombstone(0, item_id) for item_id in ids],
        }
        counts = {}
        for page, (what, items) in enumerate(told.items()):
            seqs = range(first + page * number, first + (page + 1) * number)
            origin.items = [item | {"seq": seq, "rev": seq} for seq, item in zip(seqs, items, strict=True)]
            with counted(instance) as statements:
                consuming.pull(instance.transactions, origin.http, partner_id)
            counts[what] = len(statements)
        return counts

    asked(1, first=1)  # what is asked the first time only
    assert asked(40, first=1_000) == asked(2, first=10_000)
    with instance.database.reading() as session:
        assert session.get_one(PartnerFeed, (partner_id, "listing")).failures == 0


def test_numbers_are_given_with_as_many_questions_however_many_things_have_changed(
    instance: Instance,
) -> None:
    ben = signed_in_person(instance, "Ben")

    def asked(number: int) -> int:
        for one in range(number):
            offer(instance, ben, title=f"Stuhl {one}", federation="bookable")
        with counted(instance) as statements:
            publishing.publish(instance.transactions)
        return len(statements)

    asked(1)
    assert asked(20) == asked(2)
    with instance.transactions.reading(SYSTEM) as reading:
        assert len(publishing.published.active_ids(reading.session, publishing.LISTINGS)) == 23


def test_everything_is_marked_with_as_many_questions_however_much_there_is(instance: Instance) -> None:
    ben = signed_in_person(instance, "Ben")

    def asked(number: int) -> int:
        for one in range(number):
            offer(instance, ben, title=f"Stuhl {one}", federation="bookable")
        with counted(instance) as statements, instance.transactions.writing(SYSTEM) as work:
            publishing.mark_everything(work)
        return len(statements)

    assert asked(20) == asked(2)
