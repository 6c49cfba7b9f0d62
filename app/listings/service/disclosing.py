"""What people write about a listing and other regions do not get to read: addresses, numbers, accounts.

The listing travels, with a gap where the passage was; its provider is told. Here, where people can be asked, the text
stays as it is.
"""

from collections.abc import Iterator
from typing import Any, Final

from app.kernel.personal import personal, withheld
from app.listings.schemas.views import WithheldRead

_IN_DETAILS: Final = {"space": ("furnishings",), "know_how": ("topics", "level"), "time": ("tasks",)}


def withhold(data: dict[str, Any], *, street: str | None) -> None:
    """Put gaps into everything that people wrote in this listing, as JSON; `street` is one it must not tell."""
    for holder, name, _ in _written(data):
        holder[name] = withheld(holder[name], address=street)


def hints(data: dict[str, Any], *, street: str | None) -> list[WithheldRead]:
    """The same passages for the provider, each with where it stands."""
    return [
        WithheldRead(pointer=pointer, kind=found.kind, text=holder[name][found.start : found.end])
        for holder, name, pointer in _written(data)
        for found in personal(holder[name], address=street)
    ]


def _written(data: dict[str, Any]) -> Iterator[tuple[Any, Any, str]]:
    """Every text: what holds it, under which name, and its JSON pointer."""
    yield from _texts(data, ("title", "description", "terms", "tags"), "")
    yield from _texts(data["place"], ("district", "locality"), "/place")
    for number, photo in enumerate(data["photos"]):
        yield from _texts(photo, ("alt",), f"/photos/{number}")
    for kind, names in _IN_DETAILS.items():
        yield from _texts(data.get(kind) or {}, names, f"/{kind}")


def _texts(holder: dict[str, Any], names: tuple[str, ...], above: str) -> Iterator[tuple[Any, Any, str]]:
    for name in names:
        value = holder.get(name)
        if isinstance(value, str):
            yield holder, name, f"{above}/{name}"
        elif isinstance(value, list):
            yield from ((value, number, f"{above}/{name}/{number}") for number in range(len(value)))
