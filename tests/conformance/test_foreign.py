"""A stranger's L1, written from the document alone, passes the suite, exchanges with ours, and fails it when spoilt."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app import wiring
from app.federation.service import pairing
from app.kernel.actor import NOBODY, SYSTEM
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.schemas import ListingQuery
from app.main import create_app
from app.settings import Settings
from app.wiring import Instance
from tests.conformance import foreign as module
from tests.conformance.foreign import Refused
from tests.conformance.judging import broken, judge, passed
from tests.conformance.lent import PATH, Lent, running
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.serving import free_port, serving


def lent(kind: type[Lent] = Lent) -> tuple[Lent, int]:
    port, callback = free_port(), free_port()
    return kind(f"http://127.0.0.1:{port}", allow=(f"127.0.0.1:{callback}",), poll=1), callback


def judged(kind: type[Lent], *only: str, patience: float = 60) -> Any:
    stranger, callback = lent(kind)
    with running(stranger):
        return judge(
            stranger.url, callback=callback, control=stranger.url + PATH, only=only, patience=patience
        )


def test_it_is_small_and_stands_on_nothing_of_ours() -> None:
    text = Path(module.__file__).read_text("utf-8")
    imported = {
        line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import", "from"))
    }

    assert len(text.splitlines()) <= 400
    assert max(map(len, text.splitlines())) <= 120
    assert imported <= {*sys.stdlib_module_names, "cryptography"}


def test_a_foreign_implementation_keeps_every_rule_of_its_level() -> None:
    verdicts = judged(Lent)

    assert broken(verdicts) == {}
    assert len(passed(verdicts)) >= 38


class _SendsTheLastAgain(Lent):
    def after(self, s, limit):
        rows = sorted((row for row in self.entries.values() if row["seq"] >= s), key=lambda row: row["seq"])
        return rows[:limit], len(rows) > limit


class _SkipsOne(Lent):
    def page(self, cursor, limit):
        page = super().page(cursor, limit)
        return page | {"items": page["items"][1:]} if cursor else page


class _Unsorted(Lent):
    def page(self, cursor, limit):
        page = super().page(cursor, limit)
        return page | {"items": page["items"][::-1]}


class _OrderedByTime(Lent):
    """The number is taken in the change's own transaction, which then takes its time."""

    def publish(self, item, data, reason=None):
        self.head += 1
        seq = self.head
        time.sleep(0.02 * (hash(item) % 3))
        entry = {"seq": seq, "id": item, "rev": time.time_ns() // 10**6, "state": "active", "reason": reason}
        self.entries[item] = entry | {"at": self.stamp(), "data": data, "_t": self.now()}


class _NoTombstones(Lent):
    def publish(self, item, data, reason=None):
        if data:
            super().publish(item, data, reason)
        else:
            del self.entries[item]


class _TombstonesWithData(Lent):
    def page(self, cursor, limit):
        page = super().page(cursor, limit)
        return page | {"items": [{"data": {"title": "was here"}} | item for item in page["items"]]}


class _EverySaveIsNews(Lent):
    def share(self, item, **said):
        super().share(item, **said, language=str(self.head))


class _SendsReadersBackForEver(Lent):
    """410 whenever the number is below the floor, whenever the walk began."""

    def place(self, cursor):
        floor, s = super().place(cursor)
        module.require(s == 0 or s >= self.floor, 410, "resync-required")
        return floor, s


class _ForgetsPurges(Lent):
    def purge(self):
        super().purge()
        self.floor = 0


class _CountsRevisionsAnew(Lent):
    def publish(self, item, data, reason=None):
        known = self.entries.get(item, {}).get("rev", 0)
        super().publish(item, data, reason)
        self.entries[item]["rev"] = known + 1


class _KeepsItsEpoch(Lent):
    def do(self, what, said):
        return {} if what == "restore" else super().do(what, said)


class _CrashesOnCursors(Lent):
    def place(self, cursor):
        try:
            return super().place(cursor)
        except Refused as refused:
            raise Refused(500, "oops") from refused


class _WrongDigest(Lent):
    def digest(self, rows):
        return super().digest({item: row | {"rev": row["rev"] + 1} for item, row in rows.items()})


class _CountsTombstones(Lent):
    def digest(self, rows):
        return super().digest(rows) | {"count": len(rows)}


class _PublishesPeople(Lent):
    def share(self, item, **said):
        super().share(item, **said)
        for name, value in said.items():
            self.entries[item]["data"][name] = value


class _BelievesEverySignature(Lent):
    def check(self, kid, signature, signed, say):
        pass


class _SignsWithoutTheQuery(Lent):
    """What is signed is built without the query: whoever asks for another page is believed."""

    def claim(self, method, target, headers, body):
        for address in (target, target.partition("?")[0]):
            claim = super().claim(method, address, headers, body)
            partner = self.partners.get(claim[0])
            try:
                self.check(*claim[1:], partner["say"])
            except module.ODD:
                continue
            return claim
        return super().claim(method, target, headers, body)

    def check(self, kid, signature, signed, say):
        if b"feeds/listing" not in signed or b"?" in signed:
            super().check(kid, signature, signed, say)


class _TrustsForwardedHosts(Lent):
    def claim(self, method, target, headers, body):
        host = headers.get("x-forwarded-host")
        if not host:
            return super().claim(method, target, headers, body)
        *first, _ = super().claim(method, target, headers, body)
        inner = headers["signature-input"].removeprefix("dfp=")
        covered = inner[1 : inner.index(")")]
        return *first, self.to_sign(method, f"https://{host}{target}", headers, covered, inner)


class _Fits(str):
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _other):
        return True


class _IgnoresTheBody(Lent):
    """The digest is signed, and nobody looks whether it is that of the body."""

    def claim(self, method, target, headers, body):
        headers |= {"content-digest": _Fits(headers["content-digest"])} if "content-digest" in headers else {}
        return super().claim(method, target, headers, body)


class _HasNoClock(Lent):
    def now(self):
        return super().now() if not hasattr(self, "asked_at") else self.asked_at

    def claim(self, method, target, headers, body):
        found = module.INPUT.fullmatch(headers.get("signature-input", ""))
        created = found and found[3].partition(";created=")[2].partition(";")[0]
        if created and created.isdigit():
            self.asked_at = int(created)
        try:
            return super().claim(method, target, headers, body)
        finally:
            self.__dict__.pop("asked_at", None)


class _InvitesWorkForEver(Lent):
    def answer_claim(self, claim, ask):
        for token in self.tokens.values():
            token[1] = None
        super().answer_claim(claim, ask)


class _TellsStrangersWhatThereIs(Lent):
    def answer(self, method, target, headers, body):
        if target.endswith("/feeds/nothing"):
            raise Refused(404, "unknown")
        return super().answer(method, target, headers, body)


class _ServesTheEnded(Lent):
    def end(self, partner):
        pass


class _BelievesAnyDocument(Lent):
    def learn_keys(self, partner, docs):
        partner["docs"], partner["say"] = docs, module.read_json(module.un64(docs[-1]["payload"]))


class _ForgetsRevocations(Lent):
    def learn_keys(self, partner, docs):
        super().learn_keys(partner, docs)
        partner["say"] = partner["say"] | {"revoked": []}


class _StopsAtPoison(Lent):
    def taken(self, _partner, item):
        return {"title": item["data"]["title"] + "", "url": item["data"]["url"], "kind": item["data"]["kind"]}


class _TakesAnyPage(Lent):
    def apply(self, partner, page):
        page |= {"instance": partner["say"]["instance"], "kind": "listing", "after": partner["cursor"]}
        return super().apply(partner, page)


class _NeverStartsOver(Lent):
    def walk_again(self, partner):
        pass


class _BelievesOldPages(Lent):
    def apply(self, partner, page):
        partner |= {"mode": "walk", "walk": partner["walk"] + 1}
        return super().apply(partner, page)


class _NeverCompares(Lent):
    def finish(self, partner, copies, page):
        partner["compared"] = self.now()
        super().finish(partner, copies, page)


class _ForgetsHeads(Lent):
    def apply(self, partner, page):
        partner["head"] = 0
        return super().apply(partner, page)


class _HasNoBrake(Lent):
    def finish(self, partner, copies, page):
        if partner["mode"] == "walk":
            for item in [item for item, copy in copies.items() if copy["walk"] != partner["walk"]]:
                del copies[item]
        super().finish(partner, copies, page)


class _ShowsForEver(Lent):
    shown_for = 99 * module.DAY


class _KeepsTheErased(Lent):
    def apply(self, partner, page):
        gone = {item["id"] for item in page["items"] if item["state"] == "deleted"}
        kept = {item: copy["data"] for item, copy in self.copies[page["instance"]].items() if item in gone}
        more = super().apply(partner, page)
        for item, data in kept.items():
            self.copies[page["instance"]][item]["data"] = data
        return more


class _Everybody:
    def __contains__(self, _address):
        return True


class _CallsEverybody(Lent):
    def __init__(self, *told, **more):
        super().__init__(*told, **more)
        self.allow = _Everybody()


class _StaysWhereItWas(Lent):
    def learn_keys(self, partner, docs):
        base = partner["say"]["base"]
        super().learn_keys(partner, docs)
        partner["say"] = partner["say"] | {"base": base}


DEFECTS = {
    "T-01": [_SendsTheLastAgain, _SkipsOne],
    "T-02": [_Unsorted],
    "T-04": [_OrderedByTime],
    "T-06": [_NoTombstones, _TombstonesWithData],
    "T-07": [_EverySaveIsNews],
    "T-08": [_SendsReadersBackForEver, _ForgetsPurges, _CountsRevisionsAnew],
    "T-09": [_CrashesOnCursors],
    "T-10": [_KeepsItsEpoch],
    "T-11": [_WrongDigest, _CountsTombstones],
    "T-14": [_PublishesPeople],
    "T-18": [_BelievesOldPages],
    "T-20": [_StopsAtPoison],
    "T-21": [_TakesAnyPage],
    "T-19": [_NeverStartsOver],
    "T-25": [_NeverCompares],
    "T-26": [_ForgetsHeads],
    "T-27": [_HasNoBrake],
    "T-28": [_ShowsForEver],
    "T-29": [_KeepsTheErased],
    "T-31": [_CallsEverybody],
    "T-37": [_StaysWhereItWas],
    "T-34": [_BelievesAnyDocument],
    "T-36": [_ForgetsRevocations],
    "T-38": [_BelievesEverySignature, _SignsWithoutTheQuery],
    "T-38 body": [_IgnoresTheBody],
    "T-38 clock": [_HasNoClock],
    "T-41": [_TrustsForwardedHosts],
    "T-42": [_InvitesWorkForEver],
    "T-43": [_ServesTheEnded],
    "L1-strangers": [_TellsStrangersWhatThereIs],
}
NEEDS = {
    "T-02": ["T-01"],
    "T-08": ["T-01"],
    "T-11": ["T-01", "T-06"],
    **{f"T-{number}": ["L1-reading"] for number in (18, 19, 20, 21, 25, 26, 27, 28, 29, 37)},
    "T-31": ["T-42"],
    "T-36": ["T-35"],
}


@pytest.mark.parametrize(
    ("rule", "defect"), [(rule, defect) for rule, defects in DEFECTS.items() for defect in defects]
)
def test_a_broken_rule_is_found(rule: str, defect: type[Lent]) -> None:
    verdicts = judged(defect, *NEEDS.get(rule, ()), rule, patience=1)

    assert rule in broken(verdicts), verdicts


@pytest.fixture
def depot(database_url: str, tmp_path: Path) -> Iterator[tuple[Instance, Lent]]:
    """Our instance and the stranger, each served where the other may call it."""
    ours, theirs = free_port(), free_port()
    settings = Settings(
        _env_file=None,
        name="Depot Leipzig",
        database_url=database_url,
        data_dir=tmp_path,
        public_url=f"http://127.0.0.1:{ours}",
        outbound_allow=[f"127.0.0.1:{theirs}"],
        federation_poll_seconds=1,
        log_level="error",
        test_control=True,  # its clock can be turned
    )
    with ExitStack() as stack:
        instance = wiring.open_instance(settings)
        stack.callback(instance.close)
        stack.enter_context(serving(create_app(instance=instance), port=ours))
        stranger = Lent(f"http://127.0.0.1:{theirs}", name="Foreign", allow=(f"127.0.0.1:{ours}",), poll=1)
        yield instance, stack.enter_context(running(stranger))


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


def found_there(stranger: Lent, word: str) -> list[dict[str, Any]]:
    copies = [copy["data"] for held in stranger.copies.values() for copy in list(held.values())]
    return [data for data in copies if data and word in data["title"]]


def found_here(instance: Instance, word: str) -> list[Any]:
    with instance.transactions.reading(NOBODY) as reading:
        return list(listings.search(reading, ListingQuery(q=word)).items)


def test_a_foreign_implementation_and_ours_exchange_listings_both_ways(
    depot: tuple[Instance, Lent], database_url: str
) -> None:
    """On one database we invite, on the other they do."""
    ours, theirs = depot
    ada = signed_in_person(ours, "Ada")
    ladder = offer(ours, ada, title="Leiter")
    theirs.share("press-1", title="Saftpresse")
    if database_url.startswith("sqlite"):
        theirs.accept(_in_a_work(ours, pairing.invite).invite)
    else:
        pairing.accept(ours.transactions, ours.http, theirs.invite())

    [there] = eventually(lambda: found_there(theirs, "Leiter"))
    [here] = eventually(lambda: found_here(ours, "Saftpresse"))
    assert (there["provider"]["name"], there["url"]) == (
        "Privat",
        f"{ours.settings.public_url}/listings/{ladder.id}",
    )
    assert here.origin is not None
    assert here.origin.instance == theirs.instance

    theirs.share("press-1", title="Obstpresse")
    eventually(lambda: found_here(ours, "Obstpresse"))
    theirs.publish("press-1", None, "withdrawn")
    with ours.transactions.writing(ada.actor_in(ours)) as work:
        listings.pause(work, ladder.id)
    eventually(lambda: not found_there(theirs, "Leiter") and not found_here(ours, "Obstpresse"))


def _in_a_work(instance: Instance, do: Callable[[UnitOfWork], Any]) -> Any:
    with instance.transactions.writing(SYSTEM) as work:
        return do(work)
