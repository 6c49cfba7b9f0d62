"""Who was erased on one machine is erased on the next, although their disks share nothing."""

from pathlib import Path

from obstore.store import MemoryStore

from app.accounts import service as accounts
from app.accounts.tables import Person
from app.kernel.actor import SYSTEM
from app.outbound.files import Files
from app.wiring import Instance
from tests.factories.accounts import signed_in_person


def test_an_erasure_stands_in_the_bucket_that_all_machines_share(instance: Instance, tmp_path: Path) -> None:
    ben, cora = (signed_in_person(instance, name) for name in ("Ben", "Cora"))
    bucket = MemoryStore()

    def files(machine: str) -> Files:
        told = {"files_url": "s3://depot", "data_dir": tmp_path / machine}
        opened = Files(instance.settings.model_copy(update=told))
        opened._opened = bucket
        return opened

    there = instance.settings.model_copy(update={"data_dir": tmp_path / "there"})
    keep = accounts.erasure_keeper(there, files("there"))
    for _ in range(2):
        keep({"person_id": str(ben.id), "at": "2026-11-28T10:00:00+00:00"})

    assert accounts.forget_again(instance.transactions, files("here")) == 1
    with instance.transactions.reading(SYSTEM) as reading:
        erased = [reading.session.get_one(Person, one.id).erased_at is not None for one in (ben, cora)]
    assert erased == [True, False]
