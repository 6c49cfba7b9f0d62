"""What people fill in: form fields as values, and refusals beside the field they are about."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from app.kernel.findings import explained
from app.kernel.problems import FieldError, Invalid, Problem
from app.kernel.recurrence import entered_instant
from app.kernel.text import Message, message

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
MANY: Final = 1_000


class Form(Mapping[str, str]):
    """The fields of a form or of a query. Fields that were left empty count as absent."""

    def __init__(self, data: FormData | Mapping[str, str] | None = None) -> None:
        self._data = data or {}

    def __getitem__(self, name: str) -> str:
        value = self._data[name]
        if not isinstance(value, str) or not value.strip():
            raise KeyError(name)
        return value.strip()

    def __iter__(self) -> Iterator[str]:
        return (name for name in dict.fromkeys(self._data) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be given several times, such as a row of checkboxes."""
        if isinstance(self._data, FormData):
            return [value for value in self._data.getlist(name) if isinstance(value, str) and value]
        return [self[name]] if name in self else []

    def file(self, name: str) -> UploadFile | None:
        """A file that was chosen, or None."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.size else None

    def files(self, name: str) -> list[UploadFile]:
        """Every file that was chosen in a field that takes several."""
        given = self._data.getlist(name) if isinstance(self._data, FormData) else []
        return [value for value in given if isinstance(value, UploadFile) and value.size]

    def integer(self, name: str) -> int | None:
        """A whole number; raises Invalid for anything else."""
        return self._read(name, int, message("Please give a whole number."))

    def day(self, name: str) -> date | None:
        """A date; raises Invalid for anything else."""
        return self._read(name, date.fromisoformat, message("Please give a date."))

    def instant(self, name: str, zone: ZoneInfo, *, usual: time = time(0)) -> datetime | None:
        """The moment of the two fields `<name>_day` and `<name>_time`, on the clocks of `zone`.

        Raises Invalid for what is no date or time, and for an hour that the clocks skip (T13).
        """
        day = self.day(f"{name}_day")
        if day is None:
            return None
        clock = self._read(f"{name}_time", time.fromisoformat, message("Please give a time of day."))
        try:
            return entered_instant(datetime.combine(day, clock or usual).replace(tzinfo=None), zone)
        except ValueError as skipped:
            raise Invalid(FieldError(f"{name}_time", _said(skipped))) from None

    def _read(self, name: str, reader: Callable[[str], T], otherwise: Message) -> T | None:
        if name not in self:
            return None
        try:
            return reader(self[name])
        except ValueError:
            raise Invalid(FieldError(name, otherwise)) from None


def command(kind: type[M], values: Mapping[str, Any]) -> M:
    """The command made of these values; raises Invalid with what is wrong, by the names of the command's fields."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise Invalid(
            *(
                FieldError("/" + "/".join(map(str, found["loc"])), explained(found))
                for found in error.errors()
            )
        ) from None


def errors_by_field(problem: Problem | None) -> dict[str, Message]:
    """What is wrong by the field it is about; deeper pointers count for the field they begin with."""
    if not isinstance(problem, Invalid):
        return {}
    found: dict[str, Message] = {}
    for error in problem.errors:
        found.setdefault(error.pointer.strip("/").partition("/")[0], error.detail)
    return found


def _said(error: ValueError) -> Message:
    match error.args:
        case (Message() as own,):
            return own
    return message("This cannot be meant like this.")
