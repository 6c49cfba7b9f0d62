"""Every page, by domain."""

from fastapi import APIRouter

from app.web import static
from app.web.pages import (
    accounts,
    bookings,
    finding,
    importing,
    installing,
    listings,
    me,
    notices,
    offering,
    organisations,
    partners,
    reports,
    staff,
    storerooms,
    together,
)

routers: list[APIRouter] = [
    static.router,
    finding.pages.router,
    listings.pages.router,
    storerooms.pages.router,
    offering.pages.router,
    importing.pages.router,
    organisations.pages.router,
    bookings.pages.router,
    installing.pages.router,
    together.pages.router,
    me.pages.router,
    notices.pages.router,
    accounts.pages.router,
    reports.pages.router,
    staff.pages.router,
    partners.pages.router,
]
