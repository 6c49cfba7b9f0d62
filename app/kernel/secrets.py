"""Secrets of the instance that must outlive a restart and be shared by all its workers."""

import secrets as random_source
from typing import Final

from sqlalchemy import LargeBinary, bindparam
from sqlmodel import Field, Session, SQLModel, col, select

from app.kernel.columns import plain_rows


class Secret(SQLModel, table=True):
    """One named secret of 32 bytes."""

    __tablename__ = "instance_secret"

    name: str = Field(primary_key=True, max_length=60)
    value: bytes = Field(sa_type=LargeBinary)


_VALUE: Final = select(col(Secret.value)).where(col(Secret.name) == bindparam("name"))


def ensure(session: Session, name: str) -> bytes:
    """The secret of this name, made on first use; called at start in a writing transaction."""
    found = session.get(Secret, name)
    if found is None:
        found = Secret(name=name, value=random_source.token_bytes(32))
        session.add(found)
        session.flush()  # the next caller in this transaction must find it
    return found.value


def renew(session: Session, name: str) -> bytes:
    """Another secret in the place of this name's, if there was one."""
    return session.merge(Secret(name=name, value=random_source.token_bytes(32))).value


def get(session: Session, name: str) -> bytes:
    """The secret of this name; it was made at start."""
    [(value,)] = plain_rows(session, _VALUE, {"name": name})
    return bytes(value)


def exists(session: Session, name: str) -> bool:
    """Whether there is a secret of this name."""
    return session.get(Secret, name) is not None


def forget(session: Session, name: str) -> None:
    """Delete a secret, so that nobody can use it any more."""
    found = session.get(Secret, name)
    if found is not None:
        session.delete(found)
