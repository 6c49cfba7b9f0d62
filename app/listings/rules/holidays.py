"""Public holidays by federal state (T12), and working days, which are Monday to Friday without them (T9).

The tables are those of the library `holidays`: Buß- und Bettag only in Saxony, nothing that only some communities keep.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from app.kernel.recurrence import instant

_SATURDAY: Final = 5
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday by its names; `local` is how people at the place call it."""

    day: date
    local: str
    german: str
    english: str

    def facts(self) -> dict[str, str]:
        """For programs."""
        return {"date": self.day.isoformat(), "de": self.german, "en": self.english}


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public holidays of a state or country (ISO 3166-2); of one that nobody knows, and of none, there are none.

    `day in holidays` looks up no more than the year of the day, once in the life of the process.
    """

    subdivision: str | None = None

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.on(day) is not None

    def on(self, day: date) -> Holiday | None:
        return _of_year(self.subdivision, day.year).get(day) if self.subdivision else None

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in self

    def working_days_later(self, moment: datetime, days: int, zone: ZoneInfo) -> datetime:
        """The moment when so many working days have gone by, on a clock that runs on working days only.

        A part of a day counts as that part: from Monday 15:00, one working day is over on Tuesday 15:00, and from
        Friday 15:00 on Monday 15:00. On a day off the clock stands still: from Saturday noon, one working day is
        over at the midnight at the end of Monday. Clock times are those of the place, whatever the clocks do (T13).
        """
        wall = moment.astimezone(zone).replace(tzinfo=None)
        day, at = wall.date(), wall.time()
        if not self.is_working_day(day):
            day, at = self._next_working_day(day), time()
        for _ in range(days):
            day = self._next_working_day(day)
        return max(moment, instant(datetime.combine(day, at), zone))

    def _next_working_day(self, day: date) -> date:
        day += _ONE_DAY
        while not self.is_working_day(day):
            day += _ONE_DAY
        return day


NO_HOLIDAYS: Final = Holidays()


def is_known(subdivision: str) -> bool:
    """Whether there is such a state or country, and its holidays are known."""
    import holidays  # a tenth of a second that a server's start can do without

    country, _, state = subdivision.partition("-")
    known = holidays.list_supported_countries(include_aliases=False).get(country)
    return known is not None and (not state or state in known)


@lru_cache(maxsize=4_096)
def _of_year(subdivision: str, year: int) -> Mapping[date, Holiday]:
    if not is_known(subdivision):
        return {}
    import holidays  # as above

    country, _, state = subdivision.partition("-")

    def names(language: str | None) -> Mapping[date, str]:
        return holidays.country_holidays(country, subdiv=state or None, years=year, language=language)

    local = names(
        holidays.country_holidays(country).default_language
    )  # without one it asks the machine's locale
    german, english = names("de"), names("en_US")
    return {
        day: Holiday(day, name, german.get(day, name), english.get(day, name)) for day, name in local.items()
    }
