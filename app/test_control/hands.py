"""What the test control can do, through the same services as everybody."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urljoin
from uuid import UUID

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.bookings.schemas import Said
from app.federation.service import own_keys, pairing, partners, publishing
from app.kernel.actor import NOBODY, SYSTEM, Actor, ActorKind
from app.kernel.clock import SystemClock, TurnableClock
from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Transactions
from app.listings import service as listings
from app.listings.schemas import ListingClose, ListingCreate, ListingEdit, ListingQuery

_SHARED: Final = "bookable"


class Hands:
    """Every listing belongs to a person of its own, so that erasing one takes nothing else along."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._owners: dict[UUID, Actor] = {}

    @property
    def does(self) -> Mapping[str, Callable[..., dict[str, Any]]]:
        """Everything by its name."""
        return {
            "invite": self._invite,
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
            "clock": self._clock,
            "purge": self._purge,
            "restore": self._restore,
            "rotate-key": self._rotate_key,
            "act": self._act,
            "find": self._find,
        }

    def _invite(self) -> dict[str, Any]:
        with self._transactions.writing(SYSTEM) as work:
            return {"invite": pairing.invite(work).invite}

    def _create(self, *, title: str, description: str = "") -> dict[str, Any]:
        with self._transactions.writing(SYSTEM) as work:
            email = f"{new_id()}@example.org"
            person_id = accounts.enrol(
                work, email=email, display_name="Ada", language="en", password_hash=None, confirmed=True
            )
        owner = Actor(ActorKind.PERSON, id=person_id)
        with self._transactions.writing(owner) as work:
            made = listings.create(
                work,
                ListingCreate.model_validate(
                    {
                        "kind": "equipment",
                        "title": title,
                        "description": description,
                        "federation": _SHARED,
                    }
                ),
            )
            listings.publish(work, made.id)
        self._owners[made.id] = owner
        return self._published(id=str(made.id))

    def _update(self, *, id: str, **fields: Any) -> dict[str, Any]:  # noqa: A002 - the wire's word
        if "shared" in fields:
            fields["federation"] = _SHARED if fields.pop("shared") else "none"
        with self._transactions.writing(self._owners[UUID(id)]) as work:
            listings.edit(work, UUID(id), ListingEdit.model_validate(fields), seen=None)
        return self._published()

    def _delete(self, *, id: str, reason: str = "withdrawn") -> dict[str, Any]:  # noqa: A002 - the wire's word
        with self._transactions.writing(self._owners[UUID(id)]) as work:
            if reason == "erased":
                accounts.erase(work)
            else:
                listings.close(work, UUID(id), reason=ListingClose.model_validate({"reason": reason}).reason)
        return self._published()

    def _clock(self, *, offset_seconds: int) -> dict[str, Any]:
        clock = self._transactions.clock
        if not isinstance(clock, TurnableClock):
            raise NotFound
        clock.set(SystemClock().now() + timedelta(seconds=offset_seconds))
        return {}

    def _purge(self) -> dict[str, Any]:
        publishing.purge(self._transactions)
        return {}

    def _restore(self) -> dict[str, Any]:
        """What is done once a restored backup was noticed."""
        with self._transactions.writing(SYSTEM) as work:
            publishing.rotate_epochs(work)
        return {}

    def _rotate_key(self) -> dict[str, Any]:
        with self._transactions.writing(SYSTEM) as work:
            own_keys.rotate(work)
        return {}

    def _act(self, *, rid: str, action: str, **said: Any) -> dict[str, Any]:
        """The provider takes a step on a partner's request."""
        with self._transactions.reading(SYSTEM) as reading:
            known = [Actor(ActorKind.PARTNER, id=one.id) for one in partners.all_partners(reading).items]
        for partner in known:
            with self._transactions.reading(partner) as reading:
                try:
                    booking_id = bookings.find_for_partner(reading, UUID(rid))
                except NotFound:
                    continue
                listing_id = bookings.view_for(reading, booking_id).listing_id
            with self._transactions.writing(self._owners[listing_id]) as work:
                bookings.act(work, booking_id, action, Said(**said))
            return self._published()
        raise NotFound

    def _find(self, *, text: str) -> dict[str, Any]:
        """What residents find of partners' listings."""
        with self._transactions.reading(SYSTEM) as reading:
            known = {one.instance: one.freshness for one in partners.all_partners(reading).items}
        with self._transactions.reading(NOBODY) as reading:
            items = listings.search(reading, ListingQuery(q=text)).items
            base = self._transactions.settings.public_url
            return {
                "found": [
                    {
                        "title": one.title,
                        "fresh": known.get(one.origin.instance) == "fresh",
                        "photos": [urljoin(base, photo.url) for photo in one.photos],
                    }
                    for one in items
                    if one.origin is not None
                ]
            }

    def _published(self, **told: Any) -> dict[str, Any]:
        publishing.publish(self._transactions)
        return told
