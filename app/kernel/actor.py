"""Who is acting. Decided once per request, before anything else; policies look at nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of somebody acts."""

    NOBODY = "nobody"
    PERSON = "person"
    PARTNER = "partner"
    SYSTEM = "system"


class StaffRole(StrEnum):
    """What an instance entrusts a person with."""

    MODERATOR = "moderator"
    ADMIN = "admin"


class MemberRole(StrEnum):
    """What a party entrusts its members with."""

    MEMBER = "member"
    MANAGER = "manager"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a person (perhaps staff, perhaps member of parties), a partner, or a clock.

    `id` is the person's or the partner's id; `memberships` maps the parties a person belongs to, to the role there.
    """

    kind: ActorKind
    id: UUID | None = None
    staff: StaffRole | None = None
    memberships: Mapping[UUID, MemberRole] = field(default_factory=lambda: MappingProxyType({}))
    session_id: UUID | None = None

    @property
    def is_somebody(self) -> bool:
        return self.kind is not ActorKind.NOBODY

    @property
    def is_staff(self) -> bool:
        return self.staff is not None

    def speaks_for(self, party_id: UUID | None) -> bool:
        """Whether this actor decides for the party: is it, or owns or manages it."""
        if party_id is None or self.kind is not ActorKind.PERSON:
            return False
        return party_id == self.id or self.memberships.get(party_id) in (MemberRole.OWNER, MemberRole.MANAGER)

    def belongs_to(self, party_id: UUID | None) -> bool:
        """Whether this actor is the party or one of its members, in any role."""
        if party_id is None or self.kind is not ActorKind.PERSON:
            return False
        return party_id == self.id or party_id in self.memberships

    @property
    def parties(self) -> frozenset[UUID]:
        """The person and every party it belongs to."""
        own = {self.id} if self.kind is ActorKind.PERSON and self.id is not None else set()
        return frozenset(own | set(self.memberships))


NOBODY = Actor(ActorKind.NOBODY)
SYSTEM = Actor(ActorKind.SYSTEM)
