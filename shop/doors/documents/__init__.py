"""Papers: PDF set by typst in our own Chinese font, from values alone.

The font is a subset of Noto Sans CJK SC under the SIL Open Font License (fonts/).
"""

import json
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
FONT = FONTS / "ShopSansSC.otf"
MISSING = "〓"
"""Printed in the place of a character that the font lacks, as printers have always done."""


def pdf_of(template: Path, values: Mapping[str, Any]) -> bytes:
    """The template (.typ) with these values, which reach it as JSON in `sys.inputs.values`.

    Never as source: whatever a customer wrote stays text. typst is large, so only who prints
    imports it; a page takes some 10 ms.
    """
    import typst

    return bytes(
        typst.compile(
            template,
            root=template.parent,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            sys_inputs={"values": printable(json.dumps(values, ensure_ascii=False))},
        )
    )


def printable(text: str) -> str:
    """The text with 〓 for every character that the font lacks."""
    lacking = missing_from(text)
    return "".join(MISSING if sign in lacking else sign for sign in text)


def missing_from(text: str) -> set[str]:
    """The characters of the text that the font lacks; a line's end is none."""
    return {sign for sign in set(text) if sign not in "\n\t" and ord(sign) not in _drawn()}


@cache
def _drawn() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(FONT) as font:
        return frozenset(font.getBestCmap())


def qr_of(code: str) -> str:
    """A QR code as SVG, for scanners; without a margin, which the template leaves."""
    import segno

    drawn = BytesIO()
    segno.make(code, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()
