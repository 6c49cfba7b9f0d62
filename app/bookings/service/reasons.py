"""Reasons of refusals that are kept, in no language until somebody reads them."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.kernel.languages import translate
from app.kernel.problems import Problem, Reason
from app.kernel.text import Message


def reasons_of(problem: Problem) -> tuple[Reason, ...]:
    """Every ground it names; where it names none, itself."""
    return problem.reasons or (Reason(problem.code, problem.detail),)


def distinct(reasons: Iterable[Reason]) -> list[Reason]:
    """Each code once, for those who read one list of reasons."""
    return list({reason.code: reason for reason in reversed(list(reasons))}.values())[::-1]


def kept(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as they are stored: in no language yet."""
    return [{"code": one.code, "detail": _stored(one.detail)} for one in reasons]


def told(stored: Iterable[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    """Stored reasons as somebody reads them."""
    return [{"code": one["code"], "detail": translate(_message(one["detail"]), language)} for one in stored]


def _stored(sentence: Message) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "values": {
            name: _stored(value)
            if isinstance(value, Message)
            else value
            if isinstance(value, int)
            else str(value)
            for name, value in sentence.values.items()
        },
    }


def _message(stored: Mapping[str, Any]) -> Message:
    values = {
        name: _message(value) if isinstance(value, Mapping) else value
        for name, value in stored["values"].items()
    }
    return Message(stored["text"], values)
