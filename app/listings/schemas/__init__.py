"""What goes in and out over listings: commands, views, and the values other rooms are given."""

from app.listings.schemas.calendar import (
    CalendarRead,
    ClosureCreate,
    ClosureRead,
    ClosuresRead,
    ConflictRead,
    ConflictsRead,
    HoursBody,
    HoursRead,
    ListingHours,
    Weekday,
    WeeklyWindow,
)
from app.listings.schemas.calendar import TimetableBody as Timetable
from app.listings.schemas.commands import ListingClose, ListingCreate, ListingEdit, ListingReject, PhotoEdit
from app.listings.schemas.external import (
    ExternalCalendarCreate,
    ExternalCalendarRead,
    ExternalCalendarsRead,
)
from app.listings.schemas.matches import MatchesRead, MatchRead, TogetherRead
from app.listings.schemas.mirrored import MirroredListing
from app.listings.schemas.parts import Tariff
from app.listings.schemas.saved import SavedSearchCreate, SavedSearchEdit, SavedSearchesRead, SavedSearchRead
from app.listings.schemas.values import (
    Alternative,
    Alternatives,
    ExactPlace,
    ListingNumbers,
    ListingSummary,
    OtherTerms,
    Terms,
)
from app.listings.schemas.views import (
    CategoriesRead,
    Facets,
    FoundPage,
    ListingFound,
    ListingQuery,
    ListingRead,
    PhotoRead,
    ReviewQuery,
)

__all__ = [
    "Alternative",
    "Alternatives",
    "CalendarRead",
    "CategoriesRead",
    "ClosureCreate",
    "ClosureRead",
    "ClosuresRead",
    "ConflictRead",
    "ConflictsRead",
    "ExactPlace",
    "ExternalCalendarCreate",
    "ExternalCalendarRead",
    "ExternalCalendarsRead",
    "Facets",
    "FoundPage",
    "HoursBody",
    "HoursRead",
    "ListingClose",
    "ListingCreate",
    "ListingEdit",
    "ListingFound",
    "ListingHours",
    "ListingNumbers",
    "ListingQuery",
    "ListingRead",
    "ListingReject",
    "ListingSummary",
    "MatchRead",
    "MatchesRead",
    "MirroredListing",
    "OtherTerms",
    "PhotoEdit",
    "PhotoRead",
    "ReviewQuery",
    "SavedSearchCreate",
    "SavedSearchEdit",
    "SavedSearchRead",
    "SavedSearchesRead",
    "Tariff",
    "Terms",
    "Timetable",
    "TogetherRead",
    "Weekday",
    "WeeklyWindow",
]
