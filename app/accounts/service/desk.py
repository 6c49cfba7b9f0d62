"""What a use case needs that does slow work, such as hashing, between its units of work."""

from contextlib import AbstractContextManager
from typing import Protocol

from app.kernel.actor import Actor
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.settings import Settings


class Desk(Protocol):
    """Opens units of work for one actor, who speaks from the address `client`."""

    @property
    def actor(self) -> Actor: ...

    @property
    def client(self) -> str: ...

    @property
    def settings(self) -> Settings: ...

    def writing(self) -> AbstractContextManager[UnitOfWork]: ...

    def reading(self) -> AbstractContextManager[Reading]: ...
