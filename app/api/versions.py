"""Versions of a thing: `If-Match` demanded where shared things are edited, honoured where actions are taken."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header

from app.kernel.problems import FieldError, Invalid, VersionNeeded
from app.kernel.text import message
from app.kernel.versions import ANY

_TAG: Final = re.compile(r'(?:W/)?"(\d{1,15})(?:-[0-9a-f]+)?"')


def _read(header: str | None) -> int | None:
    if header is None:
        return None
    if header.strip() == "*":
        return ANY
    found = _TAG.fullmatch(header.strip())
    if found is None:
        raise Invalid(FieldError("If-Match", message("If-Match must be an ETag as we sent it, or *.")))
    return int(found[1])


IfMatchHeader = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag you read, or `*`.", max_length=200),
]


def _optional(if_match: IfMatchHeader = None) -> int | None:
    return _read(if_match)


DemandedHeader = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag you read, or `*`.",
        max_length=200,
        json_schema_extra={"x-demanded": True},
    ),
]


def _required(if_match: DemandedHeader = None) -> int:
    version = _read(if_match)
    if version is None:
        raise VersionNeeded
    return version


IfMatch = Annotated[int, Depends(_required)]
"""The version the caller saw; 428 without (RFC 6585). Pass it to the service, which calls `kernel.versions.require`."""

IfMatchOptional = Annotated[int | None, Depends(_optional)]
"""The version the caller saw, where an action honours it."""
