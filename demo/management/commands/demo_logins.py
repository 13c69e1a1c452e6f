"""manage.py demo_logins: who is who in the demo, and how each of them signs in right now."""

from typing import Any
from unicodedata import east_asian_width

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils.translation import override

from demo.logins import Login, logins

HEAD = ("岗位", "姓名", "用户名", "密码", "验证码")


class Command(BaseCommand):
    help = "Prints the demo's logins."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("There are demo logins in the demo alone: DEMO is off.")
        with override("zh-hans"):
            table = [HEAD, *(row_of(login) for login in logins())]
        widths = [max(width(cell) for cell in column) for column in zip(*table, strict=True)]
        for row in table:
            self.stdout.write("  ".join(map(padded, row, widths)).rstrip())
        self.stdout.write(
            f"\n工作台 {settings.PUBLIC_URL}{reverse('admin:index')}\n"
            "验证码每 30 秒更换一次；登录页下方“演示账号”可一键填入。"
        )


def row_of(login: Login) -> tuple[str, ...]:
    return (str(login.role.name), login.name, login.username, login.password, login.code)


def width(text: str) -> int:
    """Columns in a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
