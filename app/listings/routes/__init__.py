"""Listings over HTTP."""

from app.listings.routes.external import router as external
from app.listings.routes.listings import category_router, router
from app.listings.routes.matches import router as wants
from app.listings.routes.matches import sought
from app.listings.routes.photos import router as photos
from app.listings.routes.photos import shown
from app.listings.routes.saved_searches import router as saved_searches

routers = (category_router, router, external, photos, shown, wants, sought, saved_searches)
