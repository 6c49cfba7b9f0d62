"""What people can be told about, and what they can switch: plain words and plain decisions."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo


class Topic(StrEnum):
    """What a notice is about; each has a switch, but for the account."""

    REQUESTS = "requests"
    ANSWERS = "answers"
    CHANGES = "changes"
    PROGRESS = "progress"
    CASES = "cases"
    REMINDERS = "reminders"
    MESSAGES = "messages"
    QUEUE = "queue"
    LISTINGS = "listings"
    SEARCHES = "searches"
    MATCHES = "matches"
    ORGANISATION = "organisation"
    STAFF = "staff"
    ACCOUNT = "account"


class MailWhen(StrEnum):
    """When a topic's mails come."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    OFF = "off"


class Inbox(StrEnum):
    """Whether a topic stands in the inbox."""

    ON = "on"
    OFF = "off"


KEPT: Final = timedelta(days=90)
"""How long a letter can be read again; the facts themselves stay in the log."""

TOGETHER: Final = timedelta(minutes=10)
"""Messages that follow each other faster than this share a mail."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to hear of a topic."""

    mail: MailWhen
    inbox: Inbox

    @property
    def is_silence(self) -> bool:
        return self.mail is MailWhen.OFF and self.inbox is Inbox.OFF


AT_ONCE: Final = Wish(MailWhen.AT_ONCE, Inbox.ON)
_IN_THE_MORNING: Final = Wish(MailWhen.DIGEST, Inbox.ON)
_USUAL: Final = dict.fromkeys((Topic.LISTINGS, Topic.SEARCHES, Topic.MATCHES), _IN_THE_MORNING)


def usual(topic: Topic) -> Wish:
    """How people hear of it who have wished for nothing else: at once, and of what has time in the morning."""
    return _USUAL.get(topic, AT_ONCE)


SWITCHED: Final = tuple(topic for topic in Topic if topic is not Topic.ACCOUNT)
"""What people may switch. What concerns their account they hear in any case."""


MORNING: Final = time(7, 30)
"""When the day's digest comes, by the clock of the instance's region."""


def morning(now: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment up to which today's digest tells; None before it, for nobody is woken for what has time.

    What comes later in the day waits for the next morning. Mornings without a clock are not made up for.
    """
    here = now.astimezone(zone)
    begins = datetime.combine(here.date(), MORNING, tzinfo=zone)
    return begins if here >= begins else None
