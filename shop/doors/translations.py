"""Translations without GNU gettext: the .po files are kept, the .mo files are made from them."""

from collections.abc import Iterable
from pathlib import Path

import polib


def compile_translations(folders: Iterable[Path]) -> list[Path]:
    """Write the .mo beside each .po that is newer, and return what was written."""
    written = []
    for folder in folders:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
                continue
            polib.pofile(str(source)).save_as_mofile(str(compiled))
            written.append(compiled)
    return written
