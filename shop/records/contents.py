"""What a file is, by its content and never by its name; and what of it may be kept.

Pictures are decoded by Pillow with three formats alone and written anew: what was hidden in or
behind them (position, script, other frames, a second file) is gone. PDF and XLSX are recognised by
their signature and passed through without being opened.
"""

import io
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from shop.records.errors import FileRefused

MOST_PIXELS = 40_000_000
MOST_INFLATED = 200_000_000  # bytes that an archive may grow to
MOST_MEMBERS = 10_000  # files within an archive
TAIL = 2_048  # bytes at the end in which a whole PDF says that it ends
QUALITY = 88
LONGEST_NAME = 100


class ContentKind(StrEnum):
    """The kinds of content that there are files of; the value is the MIME type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    CSV = "text/csv"
    ZIP = "application/zip"

    @property
    def suffix(self) -> str:
        return ".jpg" if self is ContentKind.JPEG else f".{self.name.lower()}"


PICTURES = frozenset({ContentKind.JPEG, ContentKind.PNG, ContentKind.WEBP})


@dataclass(frozen=True)
class Content:
    """What may be kept: its kind and its bytes, which of a picture are not those that came."""

    kind: ContentKind
    content: bytes


def admit(raw: bytes, allowed: frozenset[ContentKind]) -> Content:
    """Recognise, check and clean it. Raises FileRefused, which says why."""
    kind = next((kind for kind, is_one in SIGNATURES.items() if is_one(raw)), None)
    if kind is None or kind not in allowed:
        raise FileRefused(_("Files of this kind are not taken here."))
    if kind in PICTURES:
        return Content(kind, redrawn(raw, kind))
    if kind in {ContentKind.XLSX, ContentKind.ZIP}:
        require_modest(raw)
    return Content(kind, raw)


def tidy_name(name: str, admitted: Content) -> str:
    """Its last part without anything that a shell, a header or a page could take for more, and
    with the suffix of what it is."""
    plain = unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name)
    kept = "".join(one for one in plain if one.isalnum() or one in " ._-()（）《》，、")
    stem = PurePosixPath(kept.strip(" .")).stem.strip(" .")[:LONGEST_NAME]
    return f"{stem or 'file'}{admitted.kind.suffix}"


def redrawn(raw: bytes, kind: ContentKind) -> bytes:
    """The first frame of the picture, upright, without anything but its pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=[kind.name]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise FileRefused(_("The picture has more than 40 million pixels."))
                picture.load()
                return _written(ImageOps.exif_transpose(picture), kind)
    except Image.DecompressionBombError as error:
        raise FileRefused(_("The picture has more than 40 million pixels.")) from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise FileRefused(_("The picture is damaged.")) from error


def _written(picture: Image.Image, kind: ContentKind) -> bytes:
    """Into a canvas of its own: pixels are all that is taken over."""
    has_alpha = kind != ContentKind.JPEG and picture.has_transparency_data
    pixels = picture.convert("RGBA" if has_alpha else "RGB")
    canvas = Image.new(pixels.mode, pixels.size)
    canvas.paste(pixels)
    out = io.BytesIO()
    canvas.save(out, kind.name, quality=QUALITY)
    return out.getvalue()


def is_pdf(raw: bytes) -> bool:
    return raw.startswith(b"%PDF-") and b"%%EOF" in raw[-TAIL:]


def is_zip(raw: bytes) -> bool:
    return raw.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(raw))


def is_xlsx(raw: bytes) -> bool:
    """A workbook without macros."""
    if not is_zip(raw):
        return False
    names = members(raw).keys()
    is_workbook = {"[Content_Types].xml", "xl/workbook.xml"} <= names
    return is_workbook and not any(name.endswith("vbaProject.bin") for name in names)


def is_csv(raw: bytes) -> bool:
    """UTF-8 text of more than nothing, without control characters, that nobody runs or draws."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    is_other = text.lstrip().startswith(("<", "%PDF", "#!", "{"))
    is_plain = all(letter.isprintable() or letter in "\r\n\t\u3000" for letter in text)
    return bool(text.strip()) and is_plain and not is_other


def members(raw: bytes) -> dict[str, int]:
    """Name → inflated size of what an archive says it holds. Nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return {one.filename: one.file_size for one in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError):
        return {}


def require_modest(raw: bytes) -> None:
    """An archive that would grow beyond all measure is refused before anybody opens it."""
    held = members(raw)
    if not held or len(held) > MOST_MEMBERS or sum(held.values()) > MOST_INFLATED:
        raise FileRefused(_("The file holds too much."))


SIGNATURES: dict[ContentKind, Callable[[bytes], bool]] = {
    ContentKind.JPEG: lambda raw: raw.startswith(b"\xff\xd8\xff"),
    ContentKind.PNG: lambda raw: raw.startswith(b"\x89PNG\r\n\x1a\n"),
    ContentKind.WEBP: lambda raw: raw[:4] == b"RIFF" and raw[8:12] == b"WEBP",
    ContentKind.PDF: is_pdf,
    ContentKind.XLSX: is_xlsx,
    ContentKind.ZIP: is_zip,
    ContentKind.CSV: is_csv,
}
"""In the order of asking: a workbook is an archive too."""
