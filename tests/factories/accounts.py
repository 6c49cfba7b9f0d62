"""People and organisations who are already there, without the mails and hashes it takes to get there.

anna = signed_in_person(instance, "Anna")
client.get("/api/v1/me", headers=anna.headers)
with instance.transactions.writing(anna.actor) as work: ...
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from app.accounts import service as accounts
from app.kernel.actor import NOBODY, SYSTEM, Actor, StaffRole
from app.settings import Language
from app.wiring import Instance

PASSWORD = "three dogs on the tram"
"""The password of everybody who has one."""


@dataclass(frozen=True)
class Neighbour:
    """Somebody who is signed in: `headers` speak for them over HTTP, `actor_in` in a unit of work."""

    id: UUID
    name: str
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def actor_in(self, instance: Instance) -> Actor:
        """Who they are now, with their present roles."""
        with instance.transactions.reading(NOBODY) as reading:
            return accounts.authenticate(reading, self.token)


def signed_in_person(
    instance: Instance,
    name: str = "Anna",
    *,
    staff: StaffRole | None = None,
    language: Language = "en",
    with_password: bool = False,
) -> Neighbour:
    """A confirmed person with a session; their address is name@example.org. Cheap: hashes only if asked."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    with instance.transactions.writing(SYSTEM) as work:
        person_id = accounts.enrol(
            work,
            email=email,
            display_name=name,
            language=language,
            password_hash=_hash() if with_password else None,
            confirmed=True,
        )
        if staff is not None:
            accounts.appoint(work, person_id, staff)
        opened = accounts.open_session(work, person_id)
    return Neighbour(person_id, name, email, opened.access_token)


@cache
def _hash() -> str:
    return accounts.hash_password(PASSWORD)
