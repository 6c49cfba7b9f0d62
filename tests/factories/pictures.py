"""Pictures as people send them, and as they should not."""

import struct
import zlib
from io import BytesIO

from PIL import Image

_ORIENTATION, _GPS = 0x0112, 0x8825


def photo(
    size: tuple[int, int] = (640, 480), *, kind: str = "JPEG", mode: str = "RGB", orientation: int | None = None,
    located: bool = False,
) -> bytes:  # fmt: skip
    """A picture whose left half is red and right half blue; `located` tells where it was taken."""
    picture = Image.new(mode, size, "red" if mode != "RGBA" else (255, 0, 0, 128))
    picture.paste("blue", (size[0] // 2, 0, *size))
    exif = Image.Exif()
    if orientation:
        exif[_ORIENTATION] = orientation
    if located:
        exif[0x010F] = "SecretCamera"
        exif.get_ifd(_GPS).update({1: "N", 2: (51.0, 20.0, 24.0), 3: "E", 4: (12.0, 22.0, 12.0)})
    out = BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )
