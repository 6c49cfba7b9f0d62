"""Rows out of bytes: encoding, delimiter and line numbers of CSV files as people export them (RFC 4180)."""

import csv
import io
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from app.kernel.problems import Reason
from app.kernel.text import Message, message
from app.listings.importing.problems import ImportNotPossible

_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `line` is where it begins in the file, the header being line 1."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """One record that cannot go in, and why."""

    line: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Table:
    """What was read: rows and refusals in the order of the file, and what an operator should know."""

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]
    notices: tuple[Message, ...]


def read_table(content: bytes, *, columns: AbstractSet[str]) -> Table:
    """Read a CSV file that has these columns, whatever its delimiter; more columns do not disturb.

    Quoted cells may run over several lines. A record with other than the header's number of cells, or with a
    broken quote, is refused. Raises ImportNotPossible when a column is missing or the text is not readable.
    """
    text, notices = _decoded(content)
    delimiter = max(_DELIMITERS, key=lambda mark: len(columns & set(_header(text, mark))))
    header = _header(text, delimiter)
    if missing := columns - set(header):
        raise ImportNotPossible(
            message(
                "The file lacks the columns {missing}. It has: {found}.",
                missing=", ".join(sorted(missing)),
                found=", ".join(header),
            )
        )
    if twice := {name for name in header if header.count(name) > 1} & columns:
        raise ImportNotPossible(message("The file has {names} twice.", names=", ".join(sorted(twice))))
    records = list(_records(text, delimiter, header))
    return Table(
        rows=tuple(record for record in records if isinstance(record, Row)),
        refused=tuple(record for record in records if isinstance(record, Refused)),
        notices=notices,
    )


def header_of(content: bytes) -> list[str]:
    """The names of the columns, by the delimiter that makes the most of them."""
    text, _ = _decoded(content)
    return max((_header(text, mark) for mark in _DELIMITERS), key=len)


def _decoded(content: bytes) -> tuple[str, tuple[Message, ...]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), ()
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise ImportNotPossible(
            message("The file is neither UTF-8 nor Windows-1252 (byte {position}).", position=error.start)
        ) from None
    return text, (message("The file is not UTF-8; it was read as Windows-1252. Look at the umlauts."),)


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=delimiter), [])]
    except csv.Error:
        return []


def _records(text: str, delimiter: str, header: list[str]) -> Iterator[Row | Refused]:
    # newline="" leaves line breaks inside quotes as they are (csv module, "newline" footnote).
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    next(reader)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refused(line, Reason("broken_row", message("The row is broken: {why}.", why=error)))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) == len(header):
            yield Row(line, dict(zip(header, cells, strict=True)))
            continue
        yield Refused(
            line,
            Reason(
                "wrong_width",
                message("The row has {count} cells, not {wanted}.", count=len(cells), wanted=len(header)),
            ),
        )
