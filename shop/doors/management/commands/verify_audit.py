"""manage.py verify_audit: walks the sealed chain; names each break and fails when there is one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop.identity.actors import Actor, Door
from shop.records.actions.audit import verify_audit

BY = Actor.system("the audit chain was verified by command", Door.COMMAND)


class Command(BaseCommand):
    help = "Verifies that no sealed row was edited, deleted, inserted, moved or resealed."

    def handle(self, *args: Any, **options: Any) -> None:
        kept, found = verify_audit(by=BY)
        for one in found:
            self.stderr.write(str(one))
        if found:
            raise CommandError(f"审计链有 {len(found)} 处断裂（breaks）")
        self.stdout.write(f"审计链完整：{kept.rows} 条记录，{kept.took_ms / 1000:.1f} 秒")
