"""Pictures and other files, sound and hostile, as bytes."""

import io
import struct
import zipfile
import zlib
from random import Random

from PIL import Image

GPS_IFD, LATITUDE, CAMERA, ORIENTATION = 0x8825, 2, 0x0110, 0x0112
SCRIPT = b"<script>alert(document.domain)</script>"


def picture(kind="JPEG", size=(64, 48), **more) -> bytes:
    """A plain green one."""
    out = io.BytesIO()
    Image.new("RGB", size, (40, 120, 80)).save(out, kind, **more)
    return out.getvalue()


def noisy(size) -> bytes:
    """A PNG that no compression makes smaller: three bytes a pixel."""
    noise = Random(7).randbytes(size[0] * size[1] * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(out, "PNG")
    return out.getvalue()


def with_position() -> bytes:
    """A phone's picture: where it was taken, by what, lying on its side."""
    exif = Image.Exif()
    exif[CAMERA], exif[ORIENTATION] = "PhoneOfMing", 6
    exif.get_ifd(GPS_IFD)[LATITUDE] = (30.0, 16.0, 12.5)
    return picture(exif=exif, comment=b"taken at home")


def enormous(width=30_000, height=30_000) -> bytes:
    """A PNG of a few hundred bytes whose header promises 900 million pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 1_000)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def animated(kind="GIF", frames=300) -> bytes:
    out = io.BytesIO()
    shades = [Image.new("RGB", (16, 16), (shade % 256, 0, 0)) for shade in range(frames)]
    shades[0].save(out, kind, save_all=True, append_images=shades[1:])
    return out.getvalue()


def polyglot() -> bytes:
    """A sound JPEG that is a page, too: markup in its comment and behind its end."""
    return picture(comment=b"<html>" + SCRIPT) + b"<html><body>" + SCRIPT + b"</body></html>"


SVG = b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"
FITS = b"SIMPLE  =                    T" + b" " * 2_850
PSD = b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 16, 16, 8, 3) + bytes(400)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def archive(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return out.getvalue()


def workbook(*more: tuple[str, bytes]) -> bytes:
    return archive(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"), *more)
