"""The federation over HTTP: DFP/1 for partners, partners for staff, and what is shared for everybody."""

from app.federation.routes.bridges import router as bridges
from app.federation.routes.copies import router as copies
from app.federation.routes.dfp import router as dfp
from app.federation.routes.feed import router as feed
from app.federation.routes.keys import router as keys
from app.federation.routes.partners import router as partners

routers = (bridges, copies, dfp, feed, keys, partners)
