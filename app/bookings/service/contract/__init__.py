"""The contract of a promise: its versions, and each of them as a paper for the two parties.

Versions are written in the transaction that makes or changes the promise and never changed. A paper is made when
somebody asks for it, outside every transaction.
"""

from app.bookings.service.contract.far import PaperRefused, keep_papers, papers_for
from app.bookings.service.contract.keeping import (
    KEPT,
    add_version,
    begin,
    broken,
    forget_far_side,
    forget_member,
    forget_old,
    forget_party,
    newest,
)
from app.bookings.service.contract.showing import export, paper, versions

__all__ = [
    "KEPT",
    "PaperRefused",
    "add_version",
    "begin",
    "broken",
    "export",
    "forget_far_side",
    "forget_member",
    "forget_old",
    "forget_party",
    "keep_papers",
    "newest",
    "paper",
    "papers_for",
    "versions",
]
