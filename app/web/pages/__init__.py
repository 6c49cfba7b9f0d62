"""Every page, by domain."""

from fastapi import APIRouter

from app.web import static
from app.web.pages import accounts, bookings, finding, listings

routers: list[APIRouter] = [
    static.router,
    finding.pages.router,
    listings.pages.router,
    bookings.pages.router,
    accounts.pages.router,
]
