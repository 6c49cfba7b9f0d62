"""The lifecycle of bookings on the wire."""

from pydantic import ConfigDict, Field

from app.api.schemas import ReadModel
from app.bookings.rules.words import Action, Outcome, Role, State


class StateRead(ReadModel):
    """One state of a lifecycle."""

    state: State
    terminal: bool
    promised: bool
    units: str = Field(description="What the state means for the calendar.")


class MoveRead(ReadModel):
    """One row of the table: in one of these states, one of these roles may do this."""

    model_config = ConfigDict(serialize_by_alias=True)

    action: Action
    from_: list[State] = Field(alias="from", description="Empty: it begins a booking.")
    to: State | None = Field(description="Null: the state stays.")
    who: list[Role]
    guard: str | None
    clock: str | None
    effect: str | None
    outcomes: list[Outcome]


class ReminderRead(ReadModel):
    """What is said in time, without moving anything."""

    reminder: str
    states: list[State]
    whom: list[Role]


class LifecycleRead(ReadModel):
    """The law for one kind of listing."""

    kind: str
    form: str | None = Field(description="For know-how: one_to_one, group or recorded.")
    states: list[StateRead]
    moves: list[MoveRead]
    reminders: list[ReminderRead]
    mermaid: str = Field(description="The same as a Mermaid state diagram.")


class LifecyclesRead(ReadModel):
    """The lifecycle of bookings, as data."""

    terminal: list[State]
    outcomes: list[Outcome]
    lifecycles: list[LifecycleRead]
