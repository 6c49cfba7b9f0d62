"""Moderation over HTTP."""

from app.moderation.routes.admin import router as admin
from app.moderation.routes.moderation import router as moderation
from app.moderation.routes.reports import router as reports

routers = (reports, moderation, admin)
