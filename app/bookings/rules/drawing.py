"""The table for others to read: as JSON and as a Mermaid state diagram."""

from typing import Any, Final

from app.bookings.rules.reminders import TELLINGS
from app.bookings.rules.states import units_in
from app.bookings.rules.table import ROWS, Row, reachable, rows_of
from app.bookings.rules.words import PROMISED, TERMINAL, Action, Outcome, Role, State, Tail

_SIDES: Final = frozenset({Role.BORROWER, Role.PROVIDER})

# What a listing is, and which tail its bookings have. Time is always one to one.
TAILS: Final[dict[tuple[str, str | None], Tail]] = {
    ("equipment", None): Tail.EQUIPMENT,
    ("space", None): Tail.SPACE,
    ("time", None): Tail.ONE_TO_ONE,
    ("know_how", "one_to_one"): Tail.ONE_TO_ONE,
    ("know_how", "group"): Tail.GROUP,
    ("know_how", "recorded"): Tail.RECORDED,
}


def tail_of(kind: str, form: str | None = None) -> Tail:
    """Find the tail of a listing's bookings; know-how whose form nobody told is one to one."""
    if kind == "know_how":
        return TAILS[kind, form or "one_to_one"]
    return TAILS[kind, None]


def as_json() -> dict[str, Any]:
    """Tell the whole law, one lifecycle per kind and form."""
    return {
        "terminal": [state for state in State if state in TERMINAL],
        "outcomes": list(Outcome),
        "lifecycles": [
            {
                "kind": kind,
                "form": form,
                "states": [_state(state) for state in State if state in reachable(rows_of(tail))],
                "moves": [_move(row) for row in rows_of(tail)],
                "reminders": [
                    {
                        "reminder": telling.reminder,
                        "states": [state for state in State if state in telling.states],
                        "whom": [role for role in Role if role in telling.whom],
                    }
                    for telling in TELLINGS
                    if tail in telling.tails and telling.states & reachable(rows_of(tail))
                ],
                "mermaid": as_mermaid(tail),
            }
            for (kind, form), tail in TAILS.items()
        ],
    }


def as_text(action: Action) -> str:
    """Tell from where to where people lead a booking with this action, as a list in Markdown."""
    people = (Role.BORROWER, Role.PROVIDER, Role.MODERATOR)
    lines = []
    for row in ROWS:
        who = " or ".join(role for role in people if role in row.who)
        if row.action is action and who:
            sources = ", ".join(f"`{state}`" for state in State if state in row.sources)
            target = f"`{row.target}`" if row.target else "the same state"
            lines.append(f"- {who}: {sources} → {target}")
    return "\n".join(lines)


def _state(state: State) -> dict[str, Any]:
    return {
        "state": state,
        "terminal": state in TERMINAL,
        "promised": state in PROMISED,
        "units": units_in(state),
    }


def _move(row: Row) -> dict[str, Any]:
    return {
        "action": row.action,
        "from": [state for state in State if state in row.sources],
        "to": row.target,
        "who": [role for role in Role if role in row.who],
        "guard": row.guard,
        "clock": row.clock,
        "effect": row.effect,
        "outcomes": list(row.outcomes),
    }


def as_mermaid(tail: Tail) -> str:
    """Draw a state diagram that GitHub, editors and the web pages draw."""
    rows = rows_of(tail)
    lines = ["stateDiagram-v2"]
    for row in rows:
        label = f"{row.action} ({_who(row)})"
        starts: list[str] = [state for state in State if state in row.sources] or ["[*]"]
        lines += [f"    {start} --> {row.target or start}: {label}" for start in starts]
    ends = [state for state in State if state in TERMINAL & reachable(rows)]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ends)]) + "\n"


def _who(row: Row) -> str:
    return "either" if row.who == _SIDES else ", ".join(role for role in Role if role in row.who)
