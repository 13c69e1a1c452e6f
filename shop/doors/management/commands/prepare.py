"""manage.py prepare: everything a release needs before its programs start, in one process."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from shop.doors.static_files import collect_if_changed
from shop.identity.actions import sync_roles
from shop.identity.actors import Actor, Door
from shop.timing.actions.calendars import establish_calendar
from shop.timing.actions.jobs import establish_jobs
from shop.timing.holidays import announced_years
from shop.timing.rules import SHOP_WEEK

RELEASE = Actor.system("a release was prepared", Door.COMMAND)


class Command(BaseCommand):
    help = "Migrates, syncs roles, holidays, jobs, translations and static files; DEMO=1: seeds."

    def handle(self, *args: Any, **options: Any) -> None:
        for step in self.steps():
            began = time.monotonic()
            done = step()
            self.stdout.write(f"{done}，{time.monotonic() - began:.1f} 秒")
        if settings.DEMO:
            call_command("seed", stdout=self.stdout)

    def steps(self) -> tuple[Callable[[], str], ...]:
        return (
            self.migrate,
            self.sync_roles,
            self.establish_calendar,
            self.establish_jobs,
            self.compile_po,
            self.collect_static,
        )

    def migrate(self) -> str:
        call_command("migrate", interactive=False, verbosity=0)
        return "数据库结构是最新的（migrations）"

    def sync_roles(self) -> str:
        sync_roles(by=RELEASE)
        return "岗位与权限已同步（roles）"

    def establish_calendar(self) -> str:
        establish_calendar("shop", "店铺工作日历", SHOP_WEEK, announced_years(), by=RELEASE)
        return "工作日历与节假日已就绪（calendar）"

    def establish_jobs(self) -> str:
        establish_jobs(by=RELEASE)
        return "定时作业已就绪（clock jobs）"

    def compile_po(self) -> str:
        if "compile_po" not in get_commands():
            return "没有要编译的翻译（translations）"
        call_command("compile_po", verbosity=0)
        return "翻译已编译（translations）"

    def collect_static(self) -> str:
        if collect_if_changed():
            return "静态文件已收集（static files）"
        return "静态文件没有变化（static files）"
