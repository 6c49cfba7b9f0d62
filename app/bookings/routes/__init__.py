"""Bookings over HTTP."""

from app.bookings.routes.bookings import meta, on_listings, router
from app.bookings.routes.groups import router as groups
from app.bookings.routes.papers import calendars, feeds
from app.bookings.routes.papers import router as papers
from app.bookings.routes.photos import router as photos
from app.bookings.routes.series import router as series
from app.bookings.routes.wants import router as wants

routers = (on_listings, router, papers, feeds, calendars, photos, series, groups, wants, meta)
