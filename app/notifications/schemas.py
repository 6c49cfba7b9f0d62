"""The inbox and the switches on the wire."""

from uuid import UUID

from pydantic import MISSING, Field

from app.api.schemas import Command, Instant, ListQuery, ReadModel
from app.notifications.rules import Inbox, MailWhen, Topic


class NextStep(ReadModel):
    """Something to do about it, and where."""

    label: str = Field(description="What to write on the button, in the reader's language.")
    href: str = Field(description="A page of this instance.")


class DetailRead(ReadModel):
    """A fact to see at a glance."""

    label: str
    text: str = Field(description="In the reader's language; times as people at the place write them.")


class NotificationRead(ReadModel):
    """Something you were told."""

    id: UUID
    topic: Topic = Field(description="What it is about: the switch that it belongs to.")
    kind: str = Field(
        description="What happened: an action of the lifecycle, a reminder, `message`, or what became of a listing, "
        "an organisation or an account. More may come.",
        examples=["accept"],
    )
    subject: str = Field(description="In a few words.")
    says: str = Field(description="In a sentence.")
    details: list[DetailRead] = Field(description="What, when, with whom.")
    next_step: NextStep
    choices: list[NextStep] = Field(description="Where one step is not enough: all of them. Else empty.")
    booking_id: UUID | None
    series_id: UUID | None
    group_id: UUID | None
    listing_id: UUID | None
    search_id: UUID | None
    organisation_id: UUID | None
    partner_id: UUID | None
    report_id: UUID | None
    created_at: Instant
    read_at: Instant | None = Field(description="When you said that you have read it; null until then.")


class NotificationQuery(ListQuery):
    """Which of them."""

    unread: bool = Field(default=False, description="Only what is not read yet.")
    topic: Topic | None = Field(default=None, description="Only what is about this.")


class UnreadRead(ReadModel):
    """How much is new."""

    unread: int = Field(description="How many notifications are not read yet.")


class SwitchRead(ReadModel):
    """How you hear of one topic."""

    mail: MailWhen = Field(description="`at_once`, in the morning's `digest`, or `off`.")
    inbox: Inbox = Field(description="Whether it stands in the inbox.")


class SwitchesRead(ReadModel):
    """How you hear of every topic. What concerns your account, and that a promise is called off, comes in any case."""

    requests: SwitchRead = Field(description="Somebody asks for something of yours, or no longer does.")
    answers: SwitchRead = Field(description="Yes, no, or another suggestion for what you asked for.")
    changes: SwitchRead = Field(
        description="What was promised changes. That it is cancelled comes in any case."
    )
    progress: SwitchRead = Field(
        description="A promise is being kept: handed over, brought back, begun, ended."
    )
    cases: SwitchRead = Field(description="Something is to be settled.")
    reminders: SwitchRead = Field(description="The time has come, or soon will.")
    messages: SwitchRead = Field(description="Somebody wrote to you.")
    queue: SwitchRead = Field(description="Where you wait in line.")
    listings: SwitchRead = Field(description="Your listings end soon, or have ended.")
    searches: SwitchRead = Field(description="New listings for your saved searches.")
    matches: SwitchRead = Field(
        description="New offers for what you look for, and new wants that you could fill."
    )
    organisation: SwitchRead = Field(description="Organisations of yours: members and recognition.")
    staff: SwitchRead = Field(description="For moderators and admins: where help is welcome.")


class SwitchEdit(Command):
    """How you want to hear of it; what is absent stays."""

    mail: MailWhen | MISSING = MISSING
    inbox: Inbox | MISSING = MISSING


class SwitchesEdit(Command):
    """The topics to switch; what is absent stays."""

    requests: SwitchEdit | MISSING = MISSING
    answers: SwitchEdit | MISSING = MISSING
    changes: SwitchEdit | MISSING = MISSING
    progress: SwitchEdit | MISSING = MISSING
    cases: SwitchEdit | MISSING = MISSING
    reminders: SwitchEdit | MISSING = MISSING
    messages: SwitchEdit | MISSING = MISSING
    queue: SwitchEdit | MISSING = MISSING
    listings: SwitchEdit | MISSING = MISSING
    searches: SwitchEdit | MISSING = MISSING
    matches: SwitchEdit | MISSING = MISSING
    organisation: SwitchEdit | MISSING = MISSING
    staff: SwitchEdit | MISSING = MISSING


class NotificationsExport(ReadModel):
    """What somebody was told, and how they want to be told."""

    notifications: list[NotificationRead]
    settings: SwitchesRead
