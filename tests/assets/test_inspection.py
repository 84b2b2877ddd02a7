"""The corpus against the decoder: each file is accepted and measured, or refused with a reason."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from assets import decoder, decoding, inspection, sniff
from assets.decoding import decode, environment
from assets.refusals import SENTENCES, Unusable
from assets.shapes import PHOTO_SHAPES, fits
from assets.sniff import Limits
from assets.words import sentence
from tests.assets import corpus
from tests.assets.instagram import instagram  # noqa: F401 - the fixture
from tests.sandbox_process import sandbox  # noqa: F401 - the fixture

ACCEPTED = {
    "jpeg": (lambda: corpus.jpeg(), "a.jpg", "image/jpeg", (1600, 1200)),
    "jpeg turned by its camera": (lambda: corpus.jpeg(orientation=6), "a.jpg", "image/jpeg", (1200, 1600)),
    "jpeg without a suffix": (lambda: corpus.jpeg(), "IMG_1234", "image/jpeg", (1600, 1200)),
    "jpeg with a dotted name": (lambda: corpus.jpeg(), "dr. smith", "image/jpeg", (1600, 1200)),
    "jpeg called png": (lambda: corpus.jpeg(), "a.png", "image/jpeg", (1600, 1200)),
    "heic called jpg": (corpus.heic, "IMG_1.jpg", "image/heic", (512, 384)),
    "cmyk jpeg": (corpus.cmyk_jpeg, "a.jpg", "image/jpeg", (800, 800)),
    "two pictures in one jpeg": (corpus.multi_picture_jpeg, "a.jpg", "image/jpeg", (600, 400)),
    "jpeg in another colour space": (corpus.jpeg_in_profile, "a.jpg", "image/jpeg", (400, 400)),
    "16-bit grey png": (corpus.png16_grey, "a.png", "image/png", (400, 300)),
    "16-bit colour png": (corpus.png16_rgb, "a.png", "image/png", (300, 300)),
    "palette png": (corpus.palette_png, "a.png", "image/png", (400, 300)),
    "see-through png": (corpus.see_through_png, "a.png", "image/png", (400, 400)),
    "grey see-through png": (corpus.grey_alpha_png, "a.png", "image/png", (300, 300)),
    "one-bit png": (corpus.one_bit_png, "a.png", "image/png", (400, 300)),
    "animated gif": (corpus.animated_gif, "a.gif", "image/gif", (320, 240)),
    "animated png": (corpus.animated_png, "a.png", "image/png", (320, 240)),
    "webp": (corpus.webp, "a.webp", "image/webp", (500, 400)),
    "lossless webp": (lambda: corpus.webp(lossless=True), "a.webp", "image/webp", (500, 400)),
    "animated webp": (corpus.animated_webp, "a.webp", "image/webp", (320, 240)),
    "heic": (corpus.heic, "a.heic", "image/heic", (512, 384)),
    "smallest": (lambda: corpus.jpeg(64, 64), "a.jpg", "image/jpeg", (64, 64)),
    "panorama": (lambda: corpus.jpeg(3000, 500), "a.jpg", "image/jpeg", (3000, 500)),
    "tower": (lambda: corpus.jpeg(400, 2400), "a.jpg", "image/jpeg", (400, 2400)),
    "turned panorama": (
        lambda: corpus.jpeg(3000, 500, orientation=8, gps=True),
        "a.jpg",
        "image/jpeg",
        (500, 3000),
    ),
    "49 megapixels": (corpus.huge_jpeg, "a.jpg", "image/jpeg", (7000, 7000)),
    "mp4": (corpus.video, "a.mp4", "video/mp4", (320, 240)),
    "mov with hevc": (lambda: corpus.video("libx265", "mov"), "a.MOV", "video/quicktime", (320, 240)),
    "video filmed upright": (corpus.turned_video, "a.mp4", "video/mp4", (240, 320)),
    "a phone's film": (corpus.phone_film, "IMG_0001.MOV", "video/quicktime", (240, 320)),
    "silent video": (lambda: corpus.video(sound=False), "a.mp4", "video/mp4", (320, 240)),
}
REFUSED = {
    "zero bytes": (lambda: b"", "a.jpg", "empty"),
    "svg": (lambda: corpus.SVG, "a.svg", "svg"),
    "svg called png": (lambda: corpus.SVG, "a.png", "svg"),
    "web page called jpg": (lambda: corpus.HTML, "a.jpg", "html"),
    "pdf": (lambda: corpus.PDF, "menu.pdf", "pdf"),
    "archive": (corpus.archive, "a.zip", "archive"),
    "avif": (lambda: corpus.AVIF, "a.avif", "avif"),
    "tiff": (lambda: corpus.TIFF, "a.tif", "raw"),
    "matroska": (lambda: corpus.MKV, "a.mkv", "other_video"),
    "text": (lambda: corpus.TEXT, "a.jpg", "unknown_type"),
    "program": (lambda: corpus.EXE, "a.jpg", "unknown_type"),
    "jpeg called html": (lambda: corpus.jpeg(), "a.html", "name_disagrees"),
    "jpeg called php": (lambda: corpus.jpeg(), "a.jpg.php", "name_disagrees"),
    "jpeg called mp4": (lambda: corpus.jpeg(), "a.mp4", "name_disagrees"),
    "video called jpg": (corpus.video, "a.jpg", "name_disagrees"),
    "png bomb": (corpus.png_bomb, "a.png", "too_many_pixels"),
    "gif of a huge canvas": (corpus.gif_of_a_huge_canvas, "a.gif", "too_many_pixels"),
    "webp of a huge canvas": (corpus.webp_of_a_huge_canvas, "a.webp", "too_many_pixels"),
    "jpeg with a lying header": (corpus.jpeg_lying_header, "a.jpg", "too_many_pixels"),
    "png with a text bomb": (corpus.png_text_bomb, "a.png", "damaged"),
    "one pixel": (lambda: corpus.saved(Image.new("RGB", (1, 1)), "PNG"), "a.png", "too_small"),
    "half a jpeg": (lambda: corpus.jpeg()[: len(corpus.jpeg()) // 2], "a.jpg", "damaged"),
    "half a png": (lambda: corpus.png16_rgb()[:400], "a.png", "damaged"),
    "half a heic": (lambda: corpus.heic()[:400], "a.heic", "damaged"),
    "a film without its index": (corpus.film_without_index, "a.mp4", "damaged"),
    "half an index": (corpus.film_with_half_an_index, "a.mov", "damaged"),
    "half a video": (lambda: corpus.video()[:3000], "a.mp4", "damaged"),
    "only magic bytes": (lambda: b"\xff\xd8\xff\xe0" + bytes(100), "a.jpg", "damaged"),
    "only a gif header": (lambda: b"GIF89a" + bytes([100, 0, 100, 0]), "a.gif", "damaged"),
    "gif with a web page": (corpus.gif_with_web_page, "a.gif", "polyglot"),
    "jpeg with an archive": (corpus.jpeg_with_archive, "a.jpg", "polyglot"),
    "jpeg with a script in its comment": (corpus.jpeg_with_script_comment, "a.jpg", "polyglot"),
    "jpeg with php": (corpus.jpeg_with_php, "a.jpg", "polyglot"),
    "pdf in a jpeg": (corpus.pdf_in_jpeg, "a.jpg", "polyglot"),
    "mpeg-2 in mp4": (lambda: corpus.video("mpeg2video", sound=False), "a.mp4", "video_codec"),
    "vp9 in mp4": (lambda: corpus.video("libvpx-vp9", sound=False), "a.mp4", "video_codec"),
    "video of 17 minutes": (corpus.long_video, "a.mp4", "video_too_long"),
    "sound alone": (corpus.video_without_picture, "a.mp4", "no_picture"),
}


def through_decoder(tmp_path: Path, data: bytes, name: str, kinds: list[str] | None = None) -> list[dict]:
    """As the worker does it: a process of its own."""
    path = tmp_path / "original.bin"
    path.write_bytes(data)
    return list(decode(path, filename=name, kinds=kinds or [], out=tmp_path))


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_usable_file_is_accepted_and_measured_as_people_see_it(tmp_path, case):
    make, name, mime, size = ACCEPTED[case]
    (answer,) = through_decoder(tmp_path, make(), name)
    facts = answer["facts"]
    assert (facts["mime"], facts["width"], facts["height"]) == (mime, *size)
    assert len(facts["sha256"]) == 64 and len(facts["dhash"]) == 16
    assert (facts["duration"] or 0) > 0 or facts["kind"] == "photo"


@pytest.mark.parametrize("case", REFUSED)
def test_an_unusable_file_is_refused_with_a_sentence(tmp_path, case):
    make, name, code = REFUSED[case]
    with pytest.raises(Unusable) as caught:
        through_decoder(tmp_path, make(), name)
    assert caught.value.code == code
    assert "%(" not in sentence(caught.value.code, caught.value.facts)


PHOTOS = [case for case in ACCEPTED if ACCEPTED[case][2].startswith("image/")]


@pytest.mark.parametrize(
    "case", [case for case in PHOTOS if not any(word in case for word in ("called", "name", "without"))]
)  # the same bytes under another name are the same work
def test_every_accepted_photo_becomes_all_its_publishing_formats(tmp_path, case, instagram):  # noqa: F811
    make, name, _mime, size = ACCEPTED[case]
    answers = through_decoder(tmp_path, make(), name, [shape.kind for shape in PHOTO_SHAPES])
    made = {answer["made"]["kind"]: answer["made"] for answer in answers if "made" in answer}
    assert set(made) == {shape.kind for shape in PHOTO_SHAPES if fits(shape, *size)}
    for each in made.values():
        with Image.open(each["path"]) as picture:
            picture.load()
            assert picture.mode == "RGB" and picture.size == (each["width"], each["height"])
            assert (
                not picture.getexif()
                and not picture.info.get("comment")
                and "icc_profile" not in picture.info
            )
            landscape_in, landscape_out = size[0] > size[1], picture.width > picture.height
            assert each["kind"].startswith("ig_") or size[0] == size[1] or landscape_in == landscape_out
        if each["kind"].startswith("ig_"):
            status, said = instagram.photo(each["path"])
            assert status == 200, said


def test_the_strict_instagram_does_refuse_what_we_do_not_offer(tmp_path, instagram):  # noqa: F811
    for name, data in (("wide", corpus.jpeg(3000, 500)), ("png", corpus.palette_png())):
        (tmp_path / name).write_bytes(data)
        assert instagram.photo(tmp_path / name)[0] == 400


def test_the_cheap_look_in_the_request_reads_only_the_head():
    class Watched(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    file = Watched(corpus.jpeg(4000, 3000) + bytes(5_000_000))
    assert sniff.look(file, filename="a.jpg", size=6_000_000, limits=Limits()) is sniff.JPEG
    assert file.taken < 10_000


def test_weight_is_refused_before_anything_is_read():
    with pytest.raises(Unusable, match="too_heavy"):
        sniff.look(io.BytesIO(corpus.jpeg()), filename="a.jpg", size=51 * 1024**2, limits=Limits())
    with pytest.raises(Unusable, match="video_too_heavy"):
        sniff.look(io.BytesIO(corpus.video()), filename="a.mp4", size=301 * 1024**2, limits=Limits())


def test_a_copy_of_a_photo_is_recognised_and_another_photo_is_not(tmp_path):
    def fingerprint(data: bytes) -> str:
        (answer,) = through_decoder(tmp_path, data, "a.jpg")
        return answer["facts"]["dhash"]

    original = fingerprint(corpus.jpeg(seed=3))
    smaller = fingerprint(corpus.saved(corpus.picture(800, 600, seed=3), "JPEG", quality=60))
    turned = fingerprint(
        corpus.saved(
            corpus.picture(seed=3).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=_orientation(6)
        )
    )
    other = fingerprint(corpus.jpeg(seed=4))
    assert inspection.distance(original, smaller) <= 6
    assert inspection.distance(original, turned) <= 6
    assert inspection.distance(original, other) > 12


def _orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def test_a_motion_photo_with_a_film_behind_the_picture_stays_welcome(tmp_path):
    (answer,) = through_decoder(tmp_path, corpus.jpeg() + corpus.video(), "PXL_1.jpg")
    assert answer["facts"]["kind"] == "photo"


def test_a_file_that_never_ends_to_decode_is_stopped(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(corpus.jpeg())
    with pytest.raises(Unusable, match="too_complex"):
        list(decode(path, filename="a.jpg", kinds=["thumb"], out=tmp_path, seconds=0))  # type: ignore[arg-type]


def test_the_decoder_process_knows_no_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    seen = subprocess.run(
        [sys.executable, "-c", "import os; print(sorted(os.environ))"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    ).stdout
    assert "PATH" in seen and "SECRET" not in seen and "DATABASE" not in seen


def test_a_picture_that_wants_too_much_memory_is_refused_and_nothing_else_suffers(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MEMORY", 60 * 1024**2)
    with pytest.raises(Unusable):
        through_decoder(tmp_path, corpus.jpeg(6000, 6000), "a.jpg", ["fb"])


def test_a_folder_that_is_gone_is_not_blamed_on_the_file(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(corpus.jpeg())
    job = {"path": str(path), "out": str(tmp_path / "gone"), "kinds": ["thumb"]}
    with pytest.raises(FileNotFoundError) as ours:
        decoder.run(job, lambda line: None)
    assert decoder._ours(ours.value)
    path.write_bytes(corpus.jpeg()[:30_000])
    with pytest.raises(OSError, match="truncated") as theirs:
        decoder.run(job, lambda line: None)
    assert not decoder._ours(theirs.value)


def test_every_reason_has_a_sentence_that_fills_in():
    for code, text in SENTENCES.items():
        assert text.endswith("."), code
