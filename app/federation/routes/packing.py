"""Answers on their way out: known already, packed for those who understand, packed once for all who ask the same."""

import gzip
import hashlib
import re
import threading
from collections import OrderedDict
from http import HTTPStatus
from typing import Final

from fastapi import Response

_WORTH_PACKING: Final = 1_000
_KEPT_BYTES: Final = 32 * 1024 * 1024
_VARY: Final = "Accept-Encoding"
_REFUSED: Final = re.compile(r";\s*q=0(\.0*)?\s*$")


class Packed:
    """Packed answers by their tags, the latest used, up to so many bytes. Thread-safe."""

    def __init__(self, most: int = _KEPT_BYTES) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tag: str) -> bytes | None:
        with self._lock:
            if tag in self._kept:
                self._kept.move_to_end(tag)
            return self._kept.get(tag)

    def keep(self, tag: str, packed: bytes) -> None:
        with self._lock:
            self._size += len(packed) - len(self._kept.pop(tag, b""))
            self._kept[tag] = packed
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1])


def takes_gzip(accept_encoding: str) -> bool:
    """Whether the reader takes gzip: it is named, or everything is, and not refused by q=0."""
    named = {
        part.partition(";")[0].strip().lower(): not _REFUSED.search(part)
        for part in accept_encoding.split(",")
    }
    return named.get("gzip", named.get("*", False))


def is_known(tag: str, if_none_match: str) -> bool:
    """Whether the reader has this answer; weak tags compare without their mark."""
    held = {one.strip().removeprefix("W/").strip('"') for one in if_none_match.split(",")}
    return tag in held or "*" in held


def not_modified(tag: str, cache_control: str) -> Response:
    """304: the reader has it."""
    return Response(
        status_code=304, headers={"ETag": f'W/"{tag}"', "Vary": _VARY, "Cache-Control": cache_control}
    )


def packed(answer: Response, *, accept_encoding: str, if_none_match: str) -> Response:
    """An answer to a read, with a weak ETag; 304 for who has it, gzip where it is understood and worth it."""
    if answer.status_code != HTTPStatus.OK:
        return answer
    raw = bytes(answer.body)
    tag = hashlib.sha256(raw).hexdigest()[:20]
    cache_control = answer.headers.get("cache-control", "private, no-cache")
    if is_known(tag, if_none_match):
        return not_modified(tag, cache_control)
    gzipped = pack(raw) if takes_gzip(accept_encoding) else None
    return tagged(gzipped or raw, tag, cache_control, gzipped=gzipped is not None)


def public(content: bytes, media_type: str, cache_control: str, *, if_none_match: str) -> Response:
    """A small answer of another form, with its ETag; 304 for who has it."""
    tag = hashlib.sha256(content).hexdigest()[:20]
    if is_known(tag, if_none_match):
        return not_modified(tag, cache_control)
    headers = {"ETag": f'W/"{tag}"', "Cache-Control": cache_control}
    return Response(content, headers=headers, media_type=media_type)


def tagged(content: bytes, tag: str, cache_control: str, *, gzipped: bool) -> Response:
    """An answer with its weak ETag: one tag for it however packed."""
    headers = {"ETag": f'W/"{tag}"', "Vary": _VARY, "Cache-Control": cache_control}
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type="application/json")


def pack(raw: bytes) -> bytes | None:
    """The bytes gzipped, where it is worth it."""
    return gzip.compress(raw, compresslevel=1) if len(raw) > _WORTH_PACKING else None


def unpacked(packed: bytes) -> bytes:
    """The bytes again."""
    return gzip.decompress(packed)
