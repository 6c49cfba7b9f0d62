"""Pictures that strangers send: decoded, turned upright, made smaller, encoded anew; nothing else of them survives.

What leaves here was written by us: no GPS, no other metadata, no second meaning of the bytes (ASVS 5.2).
"""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from app.kernel.problems import Problem
from app.kernel.text import Message, message

if TYPE_CHECKING:
    from PIL.Image import Image, Transpose

MAX_PIXELS: Final = 40_000_000
SIZES: Final = {"large": 1_600, "thumbnail": 400}
"""The longest side of each size, in pixels; smaller originals are not blown up."""
MEDIA_TYPE: Final = "image/webp"
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = 80
_ORIENTATION: Final = 0x0112
_SIXTEEN_BITS: Final = ("I;16", "I;16L", "I;16B", "I;16N", "I")
"""Greys of scanners: taken as they are, all but the darkest would be white."""


class NotAPicture(Problem):
    """422: these bytes are not a picture that is served here, or a dangerous one."""

    slug = "not-a-picture"
    title = message("This picture cannot be used.")
    status = 422


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in all sizes, as WebP; `width` and `height` are those of the largest."""

    width: int
    height: int
    files: dict[str, bytes]


def remade(sent: bytes) -> Picture:
    """The picture in these bytes; NotAPicture where there is none, or one of more than 40 megapixels.

    The size is read from the header before anything is decoded. Of what moves, the first picture is taken.
    """
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # the library warns beyond, and refuses twice as many
    try:
        with Image.open(BytesIO(sent), formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _refused(message("The picture has more than 40 million pixels."))
            upright = _upright(opened)
        files = {name: _encoded(upright, longest) for name, longest in SIZES.items()}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(message("The picture has more than 40 million pixels.")) from error
    except UnidentifiedImageError as error:
        raise _refused(message("Please send a JPEG, PNG or WebP picture.")) from error
    except (OSError, ValueError, SyntaxError, EOFError, ZeroDivisionError, OverflowError) as error:
        raise _refused(message("The picture is damaged.")) from error  # what decoders raise on broken files
    largest = _fitted(upright.size, max(SIZES.values()))
    return Picture(*largest, files)


def _refused(why: Message) -> NotAPicture:
    return NotAPicture(why)


def _upright(opened: "Image") -> "Image":
    """No larger than needed, in plain colours, turned as the camera was held. Small first: memory is bounded."""
    from PIL import Image

    longest = max(SIZES.values())
    opened.draft("RGB", (longest, longest))  # JPEG: decode no more than is needed
    opened.load()
    turned = _turned(opened)
    plain = opened.point(lambda grey: grey / 256).convert("L") if opened.mode in _SIXTEEN_BITS else opened
    plain = plain if plain.mode in ("RGB", "RGBA") else plain.convert(_plain_mode(plain))
    plain.thumbnail((longest, longest))
    if plain.mode == "RGBA":
        white = Image.new("RGB", plain.size, "white")
        white.paste(plain, mask=plain.getchannel("A"))
        plain = white
    return plain if turned is None else plain.transpose(turned)


def _turned(opened: "Image") -> "Transpose | None":
    """How the camera was held. Nothing else is read of what it noted, which may be nonsense; none of it is written."""
    from PIL.Image import Transpose

    ways = (
        Transpose.FLIP_LEFT_RIGHT, Transpose.ROTATE_180, Transpose.FLIP_TOP_BOTTOM, Transpose.TRANSPOSE,
        Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90,
    )  # fmt: skip
    noted = opened.getexif().get(_ORIENTATION)
    return dict(enumerate(ways, start=2)).get(noted) if isinstance(noted, int) else None


def _plain_mode(opened: "Image") -> str:
    transparent = opened.mode in ("LA", "PA", "La") or "transparency" in opened.info
    return "RGBA" if transparent else "RGB"


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _encoded(upright: "Image", longest: int) -> bytes:
    small = upright.copy()
    small.thumbnail((longest, longest))
    small.info.clear()  # nothing that came along is written
    out = BytesIO()
    small.save(out, "WEBP", quality=_QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()
