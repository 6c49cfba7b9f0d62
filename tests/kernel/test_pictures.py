"""What strangers send is made anew."""

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
