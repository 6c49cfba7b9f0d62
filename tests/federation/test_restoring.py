"""A database brought back from a backup does not go on counting where it was, and processes may begin together."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from sqlmodel import delete, select

from app import wiring
from app.federation.service import generation
from app.federation.tables import Feed, OwnKeyDocument
from app.kernel import secrets
from app.kernel.secrets import Secret
from app.settings import Settings
from app.wiring import Instance
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer


def epochs(instance: Instance) -> set[str]:
    with instance.database.reading() as session:
        return set(session.exec(select(Feed.epoch)).all())


def mark_in(instance: Instance) -> bytes:
    with instance.database.reading() as session:
        return secrets.get(session, generation.SECRET)


def bring_back(instance: Instance, mark: bytes) -> None:
    """What a restore does to the mark: that of the copy comes back, the file stays."""
    with instance.database.writing() as session:
        session.merge(Secret(name=generation.SECRET, value=mark))


def test_a_start_goes_on_counting(instance: Instance) -> None:
    before = epochs(instance)

    instance.prepare()

    assert epochs(instance) == before


def test_a_backup_changes_nothing_for_the_instance_it_was_made_of(instance: Instance) -> None:
    before = epochs(instance)

    generation.copied(instance.transactions)
    instance.prepare()

    assert epochs(instance) == before


def test_a_backup_brought_back_begins_new_epochs_every_time(instance: Instance) -> None:
    copy = mark_in(instance)
    generation.copied(instance.transactions)
    seen = [epochs(instance)]

    for _ in range(2):
        bring_back(instance, copy)
        instance.prepare()
        seen.append(epochs(instance))

    assert len(set(map(frozenset, seen))) == 3
    instance.prepare()
    assert epochs(instance) == seen[-1]


def test_a_database_on_a_new_machine_begins_new_epochs(instance: Instance, settings: Settings) -> None:
    before = epochs(instance)
    (settings.data_dir / "generation").unlink()

    instance.prepare()

    assert epochs(instance).isdisjoint(before)


def test_many_processes_may_prepare_one_empty_database_at_once(
    instance: Instance, settings: Settings
) -> None:
    with instance.database.writing() as session:
        for table in (Feed, OwnKeyDocument, Secret):
            session.exec(delete(table))
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        others = [wiring.open_instance(settings) for _ in range(4)]
        for other in others:
            stack.callback(other.close)

        list(pool.map(lambda other: other.prepare(), others))

    with instance.database.reading() as session:
        assert len(session.exec(select(OwnKeyDocument)).all()) == 1


def test_a_copy_made_by_hand_that_lost_numbers_begins_new_epochs_and_one_that_lost_none_does_not(
    instance: Instance,
) -> None:
    offer(instance, signed_in_person(instance, "Ben"), title="Leiter")
    instance.runner.run_due()
    before = epochs(instance)
    instance.prepare()
    assert epochs(instance) == before

    with instance.database.writing() as session:  # the copy is older, and has the same mark
        feed = session.get_one(Feed, "listing")
        feed.head -= 1
        session.add(feed)
    instance.prepare()

    assert epochs(instance).isdisjoint(before)
    after = epochs(instance)
    instance.prepare()
    assert epochs(instance) == after
