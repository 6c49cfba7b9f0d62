"""Talking with somebody at a terminal: sentences, progress, and refusals without tracebacks."""

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TypeVar

from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress, track

from app.kernel.database import DatabaseUnfit
from app.kernel.problems import Invalid, Problem

T = TypeVar("T")

_said = Console(stderr=True, highlight=False)


class Refused(Exception):
    """What was asked for cannot be done; the text is the sentence people read."""


def say(text: str) -> None:
    """One line of the answer, on standard output, at once: whoever reads a pipe or a journal waits for it, too."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def remark(text: str) -> None:
    """One line beside the answer, on standard error."""
    sys.stderr.write(text + "\n")


def counting(things: Iterable[T], doing: str) -> Iterable[T]:
    """The things, with a progress bar on standard error while somebody watches."""
    total = len(things) if isinstance(things, Sized) else None
    return track(things, doing, total=total, console=_said, transient=True, disable=not _said.is_terminal)


@contextmanager
def watching(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error while somebody watches; call what is given with how many more are done."""
    with Progress(console=_said, transient=True, disable=not _said.is_terminal) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda done: progress.advance(task, done)


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Turn whatever goes wrong into one sentence and exit code 1."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the last resort of a process that speaks with people
        if os.environ.get("DEPOT_LOG_LEVEL", "").lower() == "debug":
            traceback.print_exc()
        remark(sentence(error))
        sys.exit(1)


def sentence(error: Exception) -> str:
    """What went wrong, as a person at a terminal reads it."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"The setting DEPOT_{'_'.join(map(str, wrong['loc'])).upper()} is wrong: {wrong['msg']}"
            for wrong in error.errors(include_url=False, include_input=False)
        )
    if isinstance(error, Invalid) and error.errors:
        return "; ".join(f"{wrong.pointer}: {wrong.detail}" for wrong in error.errors)
    if isinstance(error, Problem):
        return " ".join([str(error.detail), *(str(reason.detail) for reason in error.reasons)])
    if isinstance(error, Refused | DatabaseUnfit):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
    first_line = next(iter(str(error).splitlines()), "")
    return (
        f"That did not work ({type(error).__name__}: {first_line[:200]}). DEPOT_LOG_LEVEL=debug shows more."
    )
