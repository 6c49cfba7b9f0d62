"""What people are told: sentences with places for facts, and the same in somebody's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID
from zoneinfo import ZoneInfo

from app.kernel import said
from app.kernel.languages import translate
from app.kernel.text import Message
from app.notifications.rules import Topic


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to do, and where it is done on this instance."""

    label: Message
    path: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences with places for facts. `step` is the one clear next step and `path` where it is taken.

    `hint` is said below the facts; `choices` stand in the place of the step where one is not enough. What is
    `essential` (the account's security, the end of a contract) is mailed whatever the switches say.
    """

    topic: Topic
    subject: Message
    says: Message
    step: Message
    path: str
    hint: Message | None = None
    choices: tuple[Choice, ...] = ()
    essential: bool = False


@runtime_checkable
class InLanguage(Protocol):
    """A fact that every language writes in its own way."""

    def said(self, language: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, as people at a place write it."""

    at: datetime
    zone: ZoneInfo

    def said(self, language: str) -> str:
        return said.moment(self.at, language=language, zone=self.zone)


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, as people at a place write it; the day once if it is one day."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo

    def said(self, language: str) -> str:
        return said.span(self.starts_at, self.ends_at, language=language, zone=self.zone)


@dataclass(frozen=True, slots=True)
class Line:
    """Several facts in one line."""

    facts: Sequence[object]

    def said(self, language: str) -> str:
        return ", ".join(in_language(fact, language) for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told, in no language yet: `details` to look up at a glance, `quotes` of what somebody wrote."""

    wording: Wording
    values: Mapping[str, object]
    details: Sequence[tuple[Message, object]] = ()
    quotes: Sequence[str] = ()
    about: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """Where something is done, and what to call it."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in one language."""

    subject: str
    says: str
    hint: str | None
    step: Link
    choices: Sequence[Link]
    details: Sequence[tuple[str, str]]
    quotes: Sequence[str]


def told(notice: Notice, language: str, *, home: str) -> Told:
    """Say it in this language, with links to the instance at `home`."""
    values = {name: in_language(value, language) for name, value in notice.values.items()}

    def say(sentence: Message) -> str:
        return translate(Message(sentence.text, {**sentence.values, **values}), language)

    def link(label: Message, path: str) -> Link:
        return Link(say(label), home + path.format(**values))

    wording = notice.wording
    return Told(
        subject=say(wording.subject),
        says=say(wording.says),
        hint=say(wording.hint) if wording.hint else None,
        step=link(wording.step, wording.path),
        choices=[link(choice.label, choice.path) for choice in wording.choices],
        details=[(say(label), in_language(value, language)) for label, value in notice.details],
        quotes=notice.quotes,
    )


def in_language(value: object, language: str) -> str:
    """A fact as this language writes it."""
    if isinstance(value, Message):
        return translate(value, language)
    return value.said(language) if isinstance(value, InLanguage) else str(value)
