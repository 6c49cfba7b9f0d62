"""Listings over HTTP."""

from app.listings.routes.external import router as external
from app.listings.routes.listings import category_router, router
from app.listings.routes.photos import router as photos
from app.listings.routes.photos import shown

routers = (category_router, router, external, photos, shown)
