"""Somebody who listens to what comes.

with listening(url, anna) as ear:
    assert next(ear).data["kind"] == "request"
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.factories.accounts import Neighbour

EVENTS = "/api/v1/events"


@dataclass(frozen=True)
class Heard:
    """One block of a stream: what came before an empty line."""

    event: str | None = None
    id: int | None = None
    retry: int | None = None
    data: Any = field(default=None, hash=False)
    comment: str | None = None


def blocks(answer: httpx.Response) -> Iterator[Heard]:
    """Everything that is said until the stream ends."""
    said: dict[str, Any] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            said[name or "comment"] = value
            continue
        numbers = {name: int(said[name]) for name in ("id", "retry") if name in said}
        data = json.loads(said["data"]) if "data" in said else None
        yield Heard(**{**said, **numbers, "data": data})
        said = {}


@contextmanager
def listening(url: str, who: Neighbour, after: int | None = None) -> Iterator[Iterator[Heard]]:
    """An open stream; after 30 silent seconds nobody listens any longer."""
    position = {} if after is None else {"Last-Event-ID": str(after)}
    with (
        httpx.Client(timeout=30, trust_env=False) as caller,
        caller.stream("GET", url + EVENTS, headers=who.headers | position) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        yield blocks(answer)


def events(ear: Iterator[Heard]) -> Iterator[Heard]:
    """Only what is more than a sign of life."""
    return (heard for heard in ear if heard.event is not None)
