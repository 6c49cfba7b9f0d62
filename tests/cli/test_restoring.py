"""An instance is brought back from a backup, and what has been promised since is kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from app.accounts import service as accounts
from app.accounts.tables import Person
from app.cli.schema import opened
from app.federation.service import identity, own_keys
from app.federation.tables import Feed
from app.kernel.actor import SYSTEM
from app.kernel.clock import TurnableClock
from app.settings import Settings
from app.wiring import Instance
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.bookings import Street
from tests.factories.listings import offer


@contextmanager
def running(settings: Settings, clock: TurnableClock) -> Iterator[Instance]:
    with opened(settings, clock=clock) as instance:
        yield instance


def is_erased(instance: Instance, person: Neighbour) -> bool:
    with instance.transactions.reading(SYSTEM) as reading:
        return reading.session.get_one(Person, person.id).erased_at is not None


def epochs(instance: Instance) -> set[str]:
    with instance.transactions.reading(SYSTEM) as reading:
        return set(reading.session.exec(select(Feed.epoch)))


def test_who_was_erased_since_is_erased_again_and_keys_and_feeds_go_on(
    depot, settings: Settings, clock: TurnableClock, database_url: str, tmp_path: Path
) -> None:
    if not database_url.startswith("sqlite") and shutil.which("pg_restore") is None:
        pytest.skip("no pg_restore on this machine")
    with running(settings, clock) as instance:
        ben, cora = (signed_in_person(instance, name) for name in ("Ben", "Cora"))
        offer(instance, ben, title="Leiter")
        before = epochs(instance)
    assert depot("backup", "saved").code == 0
    with running(settings, clock) as instance:
        with instance.transactions.writing(ben.actor_in(instance)) as work:
            accounts.erase(work)
        with instance.transactions.writing(SYSTEM) as work:
            own_keys.rotate(work)
        instance.runner.run_due()
        while_running = depot("restore", "saved", "--yes")

    restored = depot("restore", "saved", "--yes")

    if database_url.startswith("sqlite"):
        assert (while_running.code, "still running" in while_running.remarked) == (1, True)
    assert restored.code == 0, restored.remarked
    with running(settings, clock) as instance:
        assert (is_erased(instance, ben), is_erased(instance, cora)) == (True, False)
        assert before.isdisjoint(epochs(instance))
        with instance.transactions.reading(SYSTEM) as reading:
            assert len(identity.documents(reading.session)) >= 2
    kept = Path(restored.said.splitlines()[-1].removeprefix("What was there before is kept in ").rstrip("."))
    assert kept.stat().st_size > 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_backup_replaces_nothing(
    depot, settings: Settings, clock: TurnableClock, tmp_path: Path
) -> None:
    with running(settings, clock) as instance:
        ben = signed_in_person(instance, "Ben")
    (tmp_path / "letter.txt").write_text("Dear Ben")

    refused = depot("restore", "letter.txt", "--yes")

    assert (refused.code, "nothing was changed" in refused.remarked) == (1, True), refused.remarked
    with running(settings, clock) as instance:
        assert not is_erased(instance, ben)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_has_something_out_in_the_old_database_is_erased_once_it_is_back(
    instance: Instance, client, settings: Settings, clock: TurnableClock
) -> None:
    street = Street(instance, client)
    loan = street.handed_over()
    line = f"{clock.now().isoformat()} person {street.anna.id}\n"
    (settings.data_dir / "erasures.log").write_text(line + "half a li")

    instance.prepare()
    assert not is_erased(instance, street.anna)
    street.done("take-back", loan, street.ben)
    clock.turn(timedelta(days=1))
    instance.prepare()

    assert is_erased(instance, street.anna)
