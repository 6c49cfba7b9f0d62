"""Photos of listings over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from app.api.doors import Then
from app.api.endpoints import OwnDesk, PublicDesk, Router, Sent, Work, located
from app.api.openapi import problems
from app.api.photos import SHOWN, UPLOAD, Alt, Size, picture
from app.api.problem_responses import TooLarge, UnsupportedMedia
from app.kernel.pictures import NotAPicture
from app.listings import service
from app.listings.problems import TooManyPhotos
from app.listings.schemas import PhotoEdit, PhotoRead

router = Router(prefix="/api/v1/listings", tags=["listings"])
shown = Router(prefix="/api/v1/photos", tags=["listings"])

ListingId = Annotated[UUID, Path(description="The listing.")]
PhotoId = Annotated[UUID, Path(description="The photo.")]


@router.post(
    "/{listing_id}/photos",
    status_code=201,
    summary="Add a photo",
    openapi_extra=UPLOAD,
    responses=problems(NotAPicture, TooManyPhotos, TooLarge, UnsupportedMedia),
)
@located("/api/v1/listings/{listing_id}/photos")
def add_photo(desk: OwnDesk, listing_id: ListingId, sent: Sent, alt: Alt = "") -> Then[PhotoRead]:
    """The body is the picture itself (JPEG, PNG or WebP, at most 5 MiB and 40 megapixels).

    It is made anew: upright, at most 1600 pixels, without GPS or any other metadata. The same picture again is the
    photo that is there already.
    """
    with desk.reading() as reading:
        service.may_add_photo(reading, listing_id)
    prepared = service.PreparedPhoto(desk.files, sent)
    return Then(lambda work: service.add_photo(work, listing_id, prepared, alt=alt))


@router.patch("/{listing_id}/photos/{photo_id}", summary="Describe or move a photo")
def edit_photo(work: Work, listing_id: ListingId, photo_id: PhotoId, body: PhotoEdit) -> PhotoRead:
    """Other words for what can be seen, or another place in the order."""
    return service.edit_photo(work, listing_id, photo_id, body)


@router.delete("/{listing_id}/photos/{photo_id}", status_code=204, summary="Remove a photo")
def remove_photo(work: Work, listing_id: ListingId, photo_id: PhotoId) -> None:
    """It disappears with all its files."""
    service.remove_photo(work, listing_id, photo_id)


@shown.get("/{photo_id}/{size}.webp", summary="Show a photo", response_class=Response, **SHOWN)
def show_photo(desk: PublicDesk, photo_id: PhotoId, size: Size) -> Response:
    """The photo of a listing you may see, as WebP."""
    with desk.reading() as reading:
        shown = service.require_visible_photo(reading, photo_id)
    return picture(service.photo_data(desk.files, shown.files_id, size), shown.digest, private=False)
