"""Photos of what changes hands, for the two sides."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from app.api.doors import Then
from app.api.endpoints import OwnDesk, Router, Sent, located
from app.api.openapi import problems
from app.api.photos import SHOWN, UPLOAD, Alt, Size, picture
from app.api.problem_responses import TooLarge, UnsupportedMedia
from app.bookings import service
from app.bookings.problems import StepNotPossible
from app.kernel.pictures import NotAPicture
from app.listings import service as listings
from app.listings.problems import TooManyPhotos
from app.listings.schemas import PhotoRead

router = Router(prefix="/api/v1/bookings", tags=["bookings"])

BookingId = Annotated[UUID, Path(description="The booking.")]
PhotoId = Annotated[UUID, Path(description="The photo.")]


@router.post(
    "/{booking_id}/photos",
    status_code=201,
    summary="Add a photo of what changes hands",
    openapi_extra=UPLOAD,
    responses=problems(NotAPicture, TooManyPhotos, TooLarge, UnsupportedMedia, StepNotPossible),
)
@located("/api/v1/bookings/{booking_id}/photos")
def add_photo(desk: OwnDesk, booking_id: BookingId, sent: Sent, alt: Alt = "") -> Then[PhotoRead]:
    """The body is the picture itself. From the promise on; name its id in `photo_ids` of a hand-over or return."""
    with desk.reading() as reading:
        service.may_add_photo(reading, booking_id)
    prepared = listings.PreparedPhoto(desk.files, sent)
    return Then(lambda work: service.add_photo(work, booking_id, prepared, alt=alt))


@router.get(
    "/{booking_id}/photos/{photo_id}/{size}.webp", summary="Show a photo", response_class=Response, **SHOWN
)
def show_photo(desk: OwnDesk, booking_id: BookingId, photo_id: PhotoId, size: Size) -> Response:
    """The photo as WebP, for the two sides, and for staff when there was a case."""
    with desk.reading() as reading:
        shown = service.require_visible_photo(reading, booking_id, photo_id)
    return picture(listings.photo_data(desk.files, shown.files_id, size), shown.digest, private=True)
