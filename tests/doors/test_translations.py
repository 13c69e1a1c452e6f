"""Every text for people has its Chinese; the theme's too. No GNU gettext is needed."""

import re
from pathlib import Path

import pytest
import unfold
from django.utils import translation

from shop.doors.translations import compile_translations
from tests.doors.texts import of_python, of_template, of_tree

ROOT = Path(__file__).parents[2]
SITE = Path(unfold.__file__).parents[1]
FOLDERS = ["shop", "catalog", "marketing", "orders", "analytics", "demo", "templates"]
# Parts of the theme for packages that are not installed: nobody ever sees their texts.
UNSEEN = ("constance", "guardian", "import_export", "simple_history", "forms")
SAME_IN_BOTH = {"openid", "unionid", "%(class_name)s %(instance)s"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def untranslated(texts):
    with translation.override("zh-hans"):
        return {
            text: where
            for text, where in texts.items()
            if text not in SAME_IN_BOTH
            # A text with a plural is found by ngettext alone before Python 3.11.4.
            and translation.gettext(text) == translation.ngettext(text, text, 1) == text
        }


def test_every_text_of_ours_has_its_chinese():
    texts = of_tree(ROOT, FOLDERS)
    assert len(texts) > 400
    assert not untranslated(texts)


def test_every_visible_text_of_the_theme_has_its_chinese():
    texts = of_tree(SITE, ["unfold"])
    seen = {
        text: where
        for text, where in texts.items()
        if not any(f"contrib/{part}/" in where for part in UNSEEN)
    }
    assert len(seen) > 100
    assert not untranslated(seen)


def test_placeholders_survive_translation():
    with translation.override("zh-hans"):
        for text in of_tree(ROOT, FOLDERS):
            told = translation.gettext(text)
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(told)), text


def test_the_reader_of_texts_finds_what_it_should():
    assert list(of_python('x = _("a" "b"); ngettext("one", "many", n); f(gettext)')) == [
        "ab",
        "one",
    ]
    template = '{% load i18n %}{% translate "hi (you)" %}'
    template += "{% blocktranslate %}to {{ x }}{% endblocktranslate %}"
    assert list(of_template(template)) == ["hi (you)", "to %(x)s"]


def test_compiling_again_writes_nothing_until_a_source_changes(tmp_path):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid "cat"\nmsgstr "猫"\n', encoding="utf-8")
    assert compile_translations([tmp_path]) == [folder / "django.mo"]
    assert compile_translations([tmp_path]) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_both_languages_are_offered(client, db, language):
    client.post("/i18n/setlang/", {"language": language})
    page = client.get("/admin/login/").content.decode()
    assert f'lang="{language}"' in page
