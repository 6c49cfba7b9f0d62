"""What an instance says of itself, its keys, and how two come together."""

import threading
from http import HTTPStatus
from typing import Final

from app.conformance import wire
from app.conformance.bench import OK, Bench, NotJudged, Rule, require
from app.conformance.stranger import Stranger
from app.conformance.wire import Answer

_TELLS: Final = ("dfp", "instance", "name", "base", "keys", "levels", "feeds", "capabilities", "software")


def discovery(bench: Bench) -> None:
    answer = wire.send("GET", f"{bench.url}/.well-known/dfp")
    require(answer.status == OK, f"/.well-known/dfp answers {answer}")
    says = answer.json()
    missing = [name for name in _TELLS if name not in says]
    require(not missing, f"it lacks {', '.join(missing)}")
    require("L1" in says["levels"], "it does not offer L1")
    require("1.0" in says["dfp"], "it does not speak 1.0")
    bench.says = says


def keys(bench: Bench) -> None:
    if not bench.says:
        raise NotJudged("there is no discovery")
    answer = wire.send("GET", f"{bench.says['base'].rstrip('/')}/keys")
    require(answer.status == OK, f"{{base}}/keys answers {answer}")
    bench.documents = answer.json()["docs"]
    bench.keys = wire.follow(bench.documents, bench.says["instance"])
    require(bench.keys["base"] == bench.says["base"], "discovery and keys name two addresses")
    good = [
        key
        for key in bench.keys["keys"]
        if key["nbf"] <= bench.partner.now() <= key["exp"] and key["kid"] not in bench.keys.get("revoked", [])
    ]
    require(good, "no request key is valid now")


def strangers(bench: Bench) -> None:
    if not bench.keys:
        raise NotJudged("there are no keys")
    nobody = Stranger("nobody", "https://nobody.example/dfp/v1")
    for method, path in (("GET", "/feeds/listing"), ("GET", "/feeds/nothing"), ("GET", "/pairings/self")):
        unsigned = wire.send(method, bench.base + path)
        require(
            (unsigned.status, unsigned.code) == (401, "signature-missing"),
            f"unsigned {method} {path} answers {unsigned}, not 401 signature-missing",
        )
        unknown = nobody.ask(method, bench.base + path)
        require(
            (unknown.status, unknown.code) == (403, "not-partner"),
            f"{method} {path} of an unknown instance answers {unknown}, not 403 not-partner",
        )


def wrong_claims(bench: Bench) -> None:
    invite = _invite(bench)
    forged = Stranger("forged", "https://forged.example/dfp/v1")
    guessed = forged.claim({**invite, "token": "a guess that is long enough to be a token"})
    _refused(guessed, "a claim with a guessed token")
    _refused(forged.claim(invite, instance=bench.partner.instance), "a claim in somebody else's name")
    other = Stranger("other", forged.base)
    _refused(forged.claim(invite, docs=other.documents), "a claim with somebody else's key documents")


def pairing(bench: Bench) -> None:
    invite = _invite(bench)
    require(invite["instance"] == bench.says["instance"], "the invite names another instance than discovery")
    first = bench.partner.claim(invite)
    require(first.status == OK, f"a good claim answers {first}")
    require(first.json()["status"] in ("active", "pending"), "the status is neither active nor pending")
    again = bench.partner.claim(invite)
    require(again.status == OK, f"the same claim again answers {again}")
    bench.paired = True

    def active() -> bool:
        answer = bench.ask("GET", "/pairings/self")
        return answer.status == OK and answer.json()["status"] == "active"

    bench.until(active, "the partnership does not become active")
    require(
        bench.ask("GET", "/feeds/nothing").code == "unknown",
        "a feed of an unknown kind is not 404 unknown to a partner",
    )


def invite_of_one(bench: Bench) -> None:
    bench.need_partner()
    _refused(bench.second.claim(bench.invites[0]), "a token that another instance has used")
    if bench.control is not None:
        _race(bench)
    if not bench.invites[1:] and bench.control is not None:
        bench.invites.append(wire.read_invite(bench.control.do("invite")["invite"]))
    for invite in bench.invites[1:2]:
        claimed = bench.second.claim(invite)
        require(claimed.status == OK, f"a second instance's claim answers {claimed}")
        bench.second_paired = True


def _race(bench: Bench) -> None:
    """Two claim one invite at the same time."""
    invite = wire.read_invite(bench.hands().do("invite")["invite"])
    rivals = [Stranger(f"rival {number}", f"https://rival-{number}.example/dfp/v1") for number in range(2)]
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda rival=rival: answers.append(rival.claim(invite))) for rival in rivals
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer for answer in answers if answer.status == OK]
    require(len(won) == 1, f"{len(won)} of two claims at the same time win")


def _invite(bench: Bench) -> dict[str, str]:
    if not bench.keys:
        raise NotJudged("there are no keys")
    if not bench.invites and bench.control is not None:
        bench.invites.append(wire.read_invite(bench.control.do("invite")["invite"]))
    if not bench.invites:
        raise NotJudged("it needs an invite of the instance (--invite)")
    return dict(bench.invites[0])


def _refused(answer: Answer, what: str) -> None:
    is_refusal = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    require(is_refusal, f"{what} answers {answer}")


RULES: Final = (
    Rule("L1-discovery", "It describes itself at /.well-known/dfp", discovery),
    Rule("L1-keys", "Its key documents prove its id, and one request key is valid now", keys),
    Rule(
        "L1-strangers",
        "Who is not paired hears 401 unsigned and 403 signed, whatever they ask for",
        strangers,
    ),
    Rule("L1-claims", "A claim with a wrong token, name or chain is refused", wrong_claims),
    Rule("L1-pairing", "A claim makes partners, and repeating it is harmless", pairing),
    Rule("T-42", "An invite works for one instance: not for a second, not for two at once", invite_of_one),
)
