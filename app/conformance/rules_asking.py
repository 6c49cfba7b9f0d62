"""Ways to ask that an origin may offer: waiting, filters, one listing, a view for harvesters."""

import threading
import time
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from app.conformance import wire
from app.conformance.bench import OK, Bench, NotJudged, Rule, require

_NOWHERE: Final = "near=0.0,0.0,1"
_LONG: Final = 20
_NEARLY_A_SECOND: Final = 0.8


def waiting(bench: Bench) -> None:
    _offered(bench, "wait")
    cursor = bench.walk()[1]["cursor"]
    began = time.monotonic()
    quiet = bench.ask("GET", f"/feeds/listing?after={cursor}&wait=1")
    held = time.monotonic() - began
    require(quiet.status == OK and not quiet.json()["items"], f"wait=1 without news answers {quiet}")
    require(held >= _NEARLY_A_SECOND, f"wait=1 without news is answered after {held:.1f} s")
    told: list[Any] = []

    def wait() -> None:
        told.append(bench.ask("GET", f"/feeds/listing?after={cursor}&wait={_LONG}"))

    waiter = threading.Thread(target=wait)
    bench.hands()
    waiter.start()
    began = time.monotonic()
    item = bench.create("waited for")
    waiter.join()
    require(time.monotonic() - began < _LONG / 2, "who waits hears of news only at the end of the wait")
    require([entry["id"] for entry in told[0].json()["items"]] == [item], "who waits is not told the news")


def filters(bench: Bench) -> None:
    """Nothing is lent in the Gulf of Guinea: whoever asks for that hears of everything as gone."""
    _offered(bench, "near")
    answer = bench.ask("GET", f"/feeds/listing?limit=1000&{_NOWHERE}")
    require(answer.status == OK, f"a filter answers {answer}")
    page = answer.json()
    shown = [entry["id"] for entry in page["items"] if entry["state"] == "active"]
    require(not shown, f"an entry outside of the filter is sent: {shown[:1]}")
    told = [entry for entry in page["items"] if entry.get("data") is not None]
    require(not told, "an entry outside of the filter is sent with its data")
    require(
        {entry["id"] for entry in page["items"]} >= {*list(bench.copy())[:500]},
        "entries outside are left out",
    )
    require(page.get("count") in (0, None), "count is not that of the choice")
    other = bench.ask("GET", f"/feeds/listing?after={page['cursor']}")
    require(
        (other.status, other.code) == (410, "resync-required"), f"a cursor without its filter answers {other}"
    )


def one_listing(bench: Bench) -> None:
    bench.need_partner()
    for item, entry in list(bench.copy().items())[-20:]:
        answer = bench.ask("GET", f"/listings/{item}")
        if answer.status == HTTPStatus.NOT_FOUND and entry["state"] == "active":
            raise NotJudged("it does not serve single listings")
        if entry["state"] == "active":
            require(answer.status == OK, f"a listing answers {answer}")
            require(answer.json() == entry, "a single listing is another than in the feed")
        else:
            require((answer.status, answer.code) == (410, "deleted"), f"a deleted listing answers {answer}")


def harvesters(bench: Bench) -> None:
    """What a harvester of RPDE relies on; npm's @openactive/rpde-validator says more."""
    if "rpde" not in bench.says.get("capabilities", []):
        raise NotJudged("the instance offers no view for RPDE")
    url, last = f"{bench.url}/rpde/listings", -1
    states: dict[str, str] = {}
    for _ in range(1000):
        answer = wire.send("GET", url)
        require(answer.status == OK, f"{urlsplit(url).path} answers {answer}")
        page = answer.json()
        for item in page["items"]:
            require(int(item["modified"]) > last, "modified does not ascend")
            require(
                (item["state"] == "deleted") == ("data" not in item),
                "a deleted item has data, or another has none",
            )
            last, states[str(item["id"])] = int(item["modified"]), item["state"]
        require(page["next"].startswith("http"), "next is not an absolute address")
        if not page["items"]:
            break
        require(page["next"] != url, "a page with items names itself as next")
        url = page["next"]
    active = {item for item, state in states.items() if state == "updated"}
    if bench.paired:
        known = {item for item, entry in bench.copy().items() if entry["state"] == "active"}
        require(known == active, "the view for RPDE and the feed show different listings")


def _offered(bench: Bench, what: str) -> None:
    bench.need_partner()
    if what not in bench.says.get("capabilities", []):
        raise NotJudged(f"the instance does not offer {what}")


RULES: Final = (
    Rule(
        "L1-wait", "Who waits for news hears of them at once, and of silence when the time is over", waiting
    ),
    Rule(
        "L1-filter",
        "What lies outside of a filter is told as filtered, and the filter is part of the cursor",
        filters,
    ),
    Rule("L1-one", "A single listing is what the feed says of it", one_listing),
    Rule(
        "T-15",
        "The view for RPDE harvesters ascends, comes to an end, and shows what the feed shows",
        harvesters,
    ),
)
