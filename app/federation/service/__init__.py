"""Use cases of the federation, by phase: identity, pairing, publishing, feeds, consuming, lending, borrowing."""

from app.federation.tables import Partner
from app.federation.trust import Alarm, Grant, PartnerState

__all__ = ["Alarm", "Grant", "Partner", "PartnerState"]
