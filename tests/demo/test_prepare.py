"""manage.py prepare: what a release needs, told in plain lines, nothing done twice."""

import pytest
from django.core.management import call_command

from shop.doors.static_files import collect_if_changed


@pytest.fixture
def static(settings, tmp_path):
    """One static file of our own, collected to an empty folder."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "shop.css").write_text("a { color: red }")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    return source


def test_static_files_are_collected_again_only_when_one_changed(static, settings):
    assert collect_if_changed()
    assert (settings.STATIC_ROOT / "shop.css").exists()
    assert not collect_if_changed()
    (static / "shop.css").write_text("a { color: green }")
    assert collect_if_changed()


@pytest.mark.django_db
def test_it_says_what_it_did_with_seconds(static, settings, capsys):
    settings.DEMO = False
    call_command("prepare")
    said = capsys.readouterr().out.splitlines()
    assert [line.split("，")[0].split("（")[1] for line in said] == [
        *(
            "migrations）",
            "roles）",
            "calendar）",
            "clock jobs）",
            "translations）",
            "static files）",
        ),
    ]
    assert all(line.endswith(" 秒") for line in said)
