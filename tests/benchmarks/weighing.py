"""What a town weighs: how long it takes to make one, what it takes on disk, and what its server takes of the memory."""

import time
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.benchmarks import load
from tests.benchmarks.catalogue import free_near, free_near_path
from tests.benchmarks.load import Plan, request
from tests.benchmarks.servers import House
from tests.benchmarks.setting import Line, Setting


def weigh(setting: Setting) -> list[Line]:
    """The whole town, and its server after some thousand searches."""
    visits = [[request("GET", free_near_path(one))] for one in free_near(setting)]
    assert setting.house
    began = time.perf_counter()
    with setting.serving() as (house, pids):
        started = time.perf_counter() - began
        fresh = _memory(pids[0])
        load.run(Plan(house.url, visits, 5 * setting.seconds)).expect(200)
        used = _memory(pids[0])
    making = [f"{what} {setting.size / took:,.0f}/s ({took:,.0f} s)" for what, took in setting.making.items()]
    return [
        Line(
            "The town itself",
            setting.size,
            f"{_bytes_on_disk(house) / 1e6:,.0f} MB on disk; server up after {started:.1f} s with "
            f"{fresh / 1e6:.0f} MB, {used / 1e6:.0f} MB after searches",
            f"made: {', '.join(making)}",
        )
    ]


def _memory(pid: int) -> int:
    """Bytes of memory that the process has for itself at the moment."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def _bytes_on_disk(house: House) -> int:
    url = make_url(house.values["database_url"])
    if url.get_backend_name() == "sqlite":
        whole = Path(url.database or "")
        return sum(one.stat().st_size for one in whole.parent.glob(f"{whole.name}*"))
    with psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(found[0]) if found else 0


WORKLOADS = {"town": weigh}
