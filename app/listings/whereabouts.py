"""Places by the names that people give them: no gazetteer, only what our own listings say."""

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from app.kernel.places import Point
from app.listings.rules.lifecycle import State
from app.listings.tables import Listing

_ENOUGH = 200
"""The middle of so many points is the middle of a part of town."""


def middle_of(session: Session, name: str) -> Point | None:
    """The middle of what is offered in the part of town, or else the town, whose name begins so."""
    for column in (col(Listing.district), col(Listing.locality)):
        begins = or_(column.istartswith(name, autoescape=True), column == name.title())
        some = (
            select(col(Listing.lat).label("lat"), col(Listing.lon).label("lon"))
            .where(begins, col(Listing.lat).is_not(None), col(Listing.state) == State.PUBLISHED)
            .limit(_ENOUGH)
            .subquery()
        )
        lat, lon = session.exec(select(func.avg(some.c.lat), func.avg(some.c.lon))).one()
        if lat is not None and lon is not None:
            return Point(float(lat), float(lon))
    return None
