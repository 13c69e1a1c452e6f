"""Translations without GNU gettext: the .po files are kept, the .mo files are made from them."""

from pathlib import Path

import polib
from django.conf import settings


def compile_translations() -> list[Path]:
    """Write the .mo beside each .po that is newer, and return what was written."""
    written = []
    for folder in settings.LOCALE_PATHS:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
                continue
            polib.pofile(str(source)).save_as_mofile(str(compiled))
            written.append(compiled)
    return written
