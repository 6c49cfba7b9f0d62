"""What can go wrong with a calendar kept elsewhere, how often it is read, and what it closes. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

from app.kernel.text import Message, message

EVERY: Final = timedelta(hours=1)
WHOLE_EVERY: Final = timedelta(hours=24)
"""How long "nothing has changed" is believed: meanwhile rules that recur reach into new days."""
MARGIN: Final = timedelta(days=8)
MOST_CALENDARS: Final = 5
MOST_BYTES: Final = 2 * 1024 * 1024


class Trouble(StrEnum):
    """Why a calendar could not be read."""

    UNREACHABLE = "unreachable"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    NO_SUCH = "no_such"
    TOO_LARGE = "too_large"
    NOT_A_CALENDAR = "not_a_calendar"
    TOO_MANY = "too_many"
    TOO_EXPENSIVE = "too_expensive"


SAID: Final[Mapping[Trouble, Message]] = {
    Trouble.UNREACHABLE: message("The calendar's server does not answer."),
    Trouble.REDIRECTED: message("The address leads on to another one. Please give that one."),
    Trouble.REFUSED: message("This address is not one that is called from here."),
    Trouble.NO_SUCH: message("The server has no calendar for us at this address."),
    Trouble.TOO_LARGE: message("The calendar is larger than 2 MB."),
    Trouble.NOT_A_CALENDAR: message("What is there is not a calendar (iCalendar)."),
    Trouble.TOO_MANY: message("There are more entries in it than are read."),
    Trouble.TOO_EXPENSIVE: message("It takes too long to make sense of this calendar."),
}


def joined(many: Iterable[Sequence[Sequence[int]]]) -> list[list[int]]:
    """What all of them close, as disjoint ascending stretches."""
    whole: list[list[int]] = []
    for first, last in sorted((one[0], one[1]) for stretches in many for one in stretches):
        if whole and first <= whole[-1][1]:
            whole[-1][1] = max(whole[-1][1], last)
        else:
            whole.append([first, last])
    return whole
