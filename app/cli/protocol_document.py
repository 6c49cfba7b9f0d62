"""What of the public document of DFP/1 follows from the code: JSON Schemas, and the tables of the loan."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from app.bookings import service as bookings
from app.federation.problems import ProtocolProblem
from app.federation.protocol import listing, loan, v1
from app.federation.protocol.values import Wire

MESSAGES: Final[Mapping[str, type[Wire]]] = {
    "discovery": v1.Discovery,
    "keys": v1.KeyDocuments,
    "key-payload": v1.KeyPayload,
    "pairing-ask": v1.PairingAsk,
    "pairing-status": v1.PairingStatus,
    "page": v1.PageEnvelope,
    "listing": listing.ListingData,
    "notify": v1.Notify,
    "request": loan.RequestCreate,
    "command": loan.Command,
    "command-result": loan.CommandResult,
    "loan": loan.RequestState,
    "contracts": loan.Papers,
    "problem": v1.ProblemBody,
}
"""Every message by the name of its schema."""

_BLOCK = re.compile(r"(<!-- from the code: ([a-z_-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ONLY_ONE: Final = 1


class _Plain(GenerateJsonSchema):
    """Without a title for every member: their names say it."""

    schema_dialect = _DIALECT

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False


def schema(name: str) -> str:
    """What a reader takes for this message, as a JSON Schema: unknown members are allowed everywhere."""
    made = MESSAGES[name].model_json_schema(schema_generator=_Plain)
    if name == "page":  # read one by one, so that the model has no type for them
        entry = v1.Entry.model_json_schema(schema_generator=_Plain)
        made["$defs"] = {**entry.pop("$defs"), "Entry": entry}
        made["properties"]["items"]["items"] = {"$ref": "#/$defs/Entry"}
    return json.dumps({"$schema": _DIALECT, **made}, indent=2, ensure_ascii=False) + "\n"


def filled(text: str) -> str:
    """The document with every block that the code writes as the code has it now."""
    written = blocks()
    return _BLOCK.sub(lambda found: f"{found[1]}{written[found[2]]}{found[3]}", text)


def blocks() -> dict[str, str]:
    """The blocks by their names: refusals, states, and for each tail who leads a loan from where to where."""
    law = bookings.lifecycles()
    tails: dict[str, list[dict[str, Any]]] = {}
    for life in law["lifecycles"]:
        name = life["form"] or life["kind"]
        if life["kind"] != "time":  # an afternoon of help goes like an hour of know-how
            tails[name] = [move for move in life["moves"] if move["action"] != "offer"]
    shared = {_key(move) for moves in tails.values() for move in moves if _times(tails, move) > _ONLY_ONE}
    return {
        "refusals": _refusals(),
        "states": _states(law),
        "moves-shared": _table(_merged(tails, shared)),
        **{
            f"moves-{name}": _table([move for move in moves if _key(move) not in shared])
            for name, moves in tails.items()
        },
    }


def _refusals() -> str:
    lines = ["| Status | `code` | `retry` | |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {kind.status} | `{kind.slug}` | {'yes' if kind.retry else ''} | {kind.title} |"
        for kind in sorted(_every_problem(ProtocolProblem), key=lambda kind: (kind.status, kind.slug))
    ]
    return "\n".join(lines) + "\n"


def _every_problem(kind: type[ProtocolProblem]) -> Iterable[type[ProtocolProblem]]:
    for one in kind.__subclasses__():
        yield one
        yield from _every_problem(one)


def _states(law: Mapping[str, Any]) -> str:
    known = {state["state"]: state for life in law["lifecycles"] for state in life["states"]}
    lines = ["| State | Ends it | A promise | Units in the calendar |", "| --- | --- | --- | --- |"]
    for state in known.values():
        ends, promised = ("yes" if state[name] else "" for name in ("terminal", "promised"))
        lines.append(f"| `{state['state']}` | {ends} | {promised} | {state['units'].replace('_', ' ')} |")
    return "\n".join(lines) + "\n"


def _key(move: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in move.items() if name != "from"})


def _times(tails: Mapping[str, Iterable[Mapping[str, Any]]], move: Mapping[str, Any]) -> int:
    return sum(any(_key(other) == _key(move) for other in moves) for moves in tails.values())


def _merged(tails: Mapping[str, Iterable[Mapping[str, Any]]], shared: Iterable[str]) -> list[dict[str, Any]]:
    """Moves of several tails, once each, from every state that one of them knows."""
    merged: dict[str, dict[str, Any]] = {}
    for move in (move for moves in tails.values() for move in moves if _key(move) in shared):
        one = merged.setdefault(_key(move), {**move, "from": []})
        one["from"] += [state for state in move["from"] if state not in one["from"]]
    return list(merged.values())


def _table(moves: Iterable[Mapping[str, Any]]) -> str:
    lines = ["| Action | Who | From → to | If | Outcome |", "| --- | --- | --- | --- | --- |"]
    for move in moves:
        start = ", ".join(f"`{state}`" for state in move["from"]) or "nothing"
        target = f"`{move['to']}`" if move["to"] else "the same"
        when = " ".join(f"`{move[name]}`" for name in ("guard", "clock") if move[name])
        outcomes = ", ".join(f"`{outcome}`" for outcome in move["outcomes"])
        who = ", ".join(move["who"])
        lines.append(f"| `{move['action']}` | {who} | {start} → {target} | {when} | {outcomes} |")
    return "\n".join(lines) + "\n"
