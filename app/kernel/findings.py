"""What Pydantic finds wrong with input, as a Message."""

from collections.abc import Mapping
from typing import Any

from app.kernel.text import Message, message


def explained(found: Mapping[str, Any]) -> Message:
    """The sentence of one of Pydantic's findings (an item of `errors()`), with its limits as placeholders, so that
    the catalogue needs it only once. A validator of ours that raises `ValueError(message(…))` speaks for itself.
    """
    context = found.get("ctx", {})
    match context.get("error"):
        case ValueError(args=(Message() as own,)):
            return own
    text = _without_braces(str(found["msg"]).removeprefix("Value error, "))
    values = {name: value for name, value in context.items() if isinstance(value, (int, float, str))}
    for name, value in values.items():
        if shown := _without_braces(str(value)):
            text = text.replace(shown, f"{{{name}}}", 1)
    return Message(
        text, {name: _choice(value) if name == "expected" else value for name, value in values.items()}
    )


def _choice(expected: object) -> object:
    """`'a', 'b' or 'c'`, whose "or" is a word to translate."""
    some, either, last = str(expected).rpartition(" or ")
    return message("{some} or {last}", some=some, last=last) if either else expected


def _without_braces(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")
