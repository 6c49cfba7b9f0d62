"""What strangers send is made anew."""

import struct
from io import BytesIO

import pytest
from PIL import Image

from app.kernel.pictures import NotAPicture, remade
from tests.factories.pictures import bomb, photo


def opened(data):
    return Image.open(BytesIO(data))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
    ],
)
def test_every_usual_picture_becomes_webp_in_two_sizes(kind, mode):
    sent = BytesIO()
    Image.new(mode, (2_000, 1_000)).save(sent, kind)

    made = remade(sent.getvalue())

    assert (made.width, made.height) == (1_600, 800)
    assert opened(made.files["large"]).size == (1_600, 800)
    assert opened(made.files["thumbnail"]).size == (400, 200)
    assert {opened(data).format for data in made.files.values()} == {"WEBP"}


def test_a_small_picture_is_not_blown_up():
    made = remade(photo((120, 90)))

    assert (made.width, made.height) == (120, 90)


def test_where_and_with_what_it_was_taken_is_gone():
    sent = photo(located=True)
    assert b"SecretCamera" in sent

    made = remade(sent)

    for data in made.files.values():
        assert not opened(data).getexif()
        assert set(opened(data).info) <= {"loop", "background", "timestamp", "duration"}
        assert b"SecretCamera" not in data
        assert b"EXIF" not in data


def test_a_picture_is_turned_as_the_camera_was_held():
    made = remade(photo((640, 480), orientation=6))  # turn right: what was left is on top

    assert (made.width, made.height) == (480, 640)
    top, bottom = (opened(made.files["large"]).convert("RGB").getpixel((240, y)) for y in (40, 600))
    assert top[0] > 200 > bottom[0]
    assert bottom[2] > 200 > top[2]


def noted(orientation, tag=0x0128, kind=3, value=b"\2\0\0\0"):
    """What a camera notes, byte by byte: how it was held, and one thing more."""
    held = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    more = struct.pack("<HHI", tag, kind, 4 if kind == 2 else 1) + value
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + b"".join(sorted((held, more))) + bytes(4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_hold_a_camera_is_known(orientation):
    sent, picture = BytesIO(), Image.new("RGB", (64, 48), "blue")
    picture.paste("red", (0, 0, 32, 24))  # at the upper left, as it lies in the file
    picture.save(sent, "JPEG", exif=noted(orientation))

    made = opened(remade(sent.getvalue()).files["large"]).convert("RGB")

    assert made.size == ((64, 48) if orientation < 5 else (48, 64))
    right, bottom = made.width - 5, made.height - 5
    [red] = [at for at in ((5, 5), (right, 5), (5, bottom), (right, bottom)) if made.getpixel(at)[0] > 150]
    first, second, third, fourth = (5, 5), (right, 5), (right, bottom), (5, bottom)
    assert red == [first, second, third, fourth, first, second, third, fourth][orientation - 1]


@pytest.mark.parametrize(
    ("tag", "kind", "value"),
    [(0x011A, 2, b"abc\0"), (0x0100, 2, b"abc\0"), (0x010F, 11, b"\0\0\x80?"), (0x0128, 11, b"\0\0\x80?")],
)
def test_nonsense_in_a_cameras_notes_spoils_no_picture(tag, kind, value):
    sent = BytesIO()
    Image.new("RGB", (64, 48)).save(sent, "JPEG", exif=noted(6, tag, kind, value))

    assert remade(sent.getvalue()).width == 48


def test_the_greys_of_a_scanner_stay_grey():
    sent = BytesIO()
    Image.new("I;16", (20, 20), 0x8000).save(sent, "PNG")

    made = remade(sent.getvalue())

    assert opened(made.files["large"]).convert("L").getpixel((5, 5)) in range(120, 136)


def test_what_is_see_through_lies_on_white():
    made = remade(photo(kind="PNG", mode="RGBA"))

    red, green, _blue = opened(made.files["large"]).convert("RGB").getpixel((20, 20))
    assert red > 240
    assert 100 < green < 160


@pytest.mark.parametrize(
    "sent",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"%PDF-1.7", photo()[:600],
     photo(kind="PNG")[:80], b"\xff\xd8\xff" + b"\0" * 2_000, b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 64],
)  # fmt: skip
def test_what_is_no_whole_picture_is_refused(sent):
    with pytest.raises(NotAPicture):
        remade(sent)


@pytest.mark.parametrize("size", [(30_000, 30_000), (8_000, 8_000), (40_000_001, 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size):
    with pytest.raises(NotAPicture, match="40 million"):
        remade(bomb(*size))


def test_a_gif_or_a_moving_picture_hides_nothing():
    sent = BytesIO()
    first, second = Image.new("RGB", (50, 50), "red"), Image.new("RGB", (50, 50), "blue")
    first.save(sent, "WEBP", save_all=True, append_images=[second])

    made = remade(sent.getvalue())

    assert getattr(opened(made.files["large"]), "n_frames", 1) == 1
