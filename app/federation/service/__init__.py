"""Use cases of the federation, by phase: identity, pairing, publishing, feeds, consuming, lending, borrowing."""

from app.federation.tables import Partner

__all__ = ["Partner"]
