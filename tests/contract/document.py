"""The OpenAPI document as the code makes it now, and its operations."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.cli import api_document

TEXT: Final = api_document.document()
DOCUMENT: Final[dict[str, Any]] = json.loads(TEXT)
_METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    path: str
    method: str
    said: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def id(self) -> str:
        return str(self.said["operationId"])

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of its JSON body, or None where it takes none."""
        content = self.said.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    @property
    def answer(self) -> dict[str, Any]:
        """The resolved schema of its good answer, empty where there is no JSON."""
        content = next(answer for status, answer in self.said["responses"].items() if status.startswith("2"))
        return resolved(content.get("content", {}).get("application/json", {}).get("schema", {}))

    @property
    def is_list(self) -> bool:
        return self.method == "get" and {"items", "next"} <= set(self.answer.get("properties", ()))

    @property
    def is_stream(self) -> bool:
        """Whether its good answer does not end by itself."""
        return "text/event-stream" in self.said["responses"].get("200", {}).get("content", {})

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in."""
        return {} in self.said.get("security", [{}])

    def at(self, ids: Mapping[str, str]) -> str:
        """The path with its parameters filled in."""
        return self.path.format_map(ids)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where it is only a reference."""
    while "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        schema = DOCUMENT["components"]["schemas"][name]
    return schema


def _operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in _METHODS:
            if method in item:
                yield Operation(path, method, item[method])


OPERATIONS: Final = tuple(_operations())


def by_room(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    """Operations by their first tag: what changes nothing shares one small world, which takes long to make."""
    rooms: dict[str, list[Operation]] = {}
    for operation in operations:
        rooms.setdefault(operation.said["tags"][0], []).append(operation)
    return rooms
