"""Files: kept, read, removed when their time is over."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shop.clock import now
from shop.errors import NotAllowed
from shop.events.outbox import after_commit, publish
from shop.identity.actors import Actor
from shop.identity.models import Party
from shop.records import storage
from shop.records.contents import Content, admit, tidy_name
from shop.records.errors import FileDamaged, FileGone, FileQuotaFull, FileRefused
from shop.records.events import FileKept, FileRemoved
from shop.records.models import AuditEntry, StoredFile
from shop.records.purposes import FilePurpose
from shop.records.selectors import stray_contents
from shop.records.trail import record

READ = gettext_noop("read a file")


def keep_file(
    purpose: FilePurpose, name: str, content: bytes, *, owner: Party | None, by: Actor
) -> StoredFile:
    """Keep a file for a purpose: checked by its content, pictures written anew, sealed.

    A customer keeps only files of their own, for purposes that are open to them. Raises
    FileRefused (kind, size, damage), FileQuotaFull, NotAllowed; then nothing was kept.
    """
    by.require("records.keep_file")
    if by.customer is not None and not _may_send(by, purpose, owner):
        raise NotAllowed
    if not 0 < len(content) <= purpose.largest:
        raise FileRefused(
            _("A file of this kind is not empty and has at most %d MB.")
            % (purpose.largest // 1_000_000)
        )
    admitted = admit(content, purpose.kinds)
    with transaction.atomic():
        _require_room(purpose, owner, len(admitted.content))
        stored = _write(purpose, tidy_name(name, admitted), admitted, owner)
        publish(FileKept(stored.pk, purpose.code, stored.size), by=by)
        storage.put(stored.key, admitted.content)  # last: what failed before has left nothing
    return stored


def _may_send(by: Actor, purpose: FilePurpose, owner: Party | None) -> bool:
    is_own = owner is not None and by.customer is not None and owner.pk == by.customer.party_id
    return is_own and purpose.from_customers


def _require_room(purpose: FilePurpose, owner: Party | None, size: int) -> None:
    """One file of an owner at a time: two together must not pass the quota that one of them
    fills."""
    if owner is None:
        return
    Party.objects.select_for_update(no_key=True).get(pk=owner.pk)
    held = StoredFile.objects.kept().filter(owner=owner, purpose=purpose.code)
    if (held.aggregate(total=Sum("size"))["total"] or 0) + size > purpose.quota:
        raise FileQuotaFull


def _write(purpose: FilePurpose, name: str, admitted: Content, owner: Party | None) -> StoredFile:
    return StoredFile.objects.create(
        purpose=purpose.code,
        owner=owner,
        name=name,
        content_type=admitted.kind,
        size=len(admitted.content),
        sha256=hashlib.sha256(admitted.content).digest(),
        key=storage.fresh_key(),
        kept_at=now(),
        keep_until=now() + purpose.keep_for if purpose.keep_for else None,
    )


def read_file(stored: StoredFile, *, by: Actor) -> bytes:
    """Its content, for whoever its purpose allows; each reading is on the audit trail.

    Raises NotAllowed, FileGone when its time is over, FileDamaged when it is not what was kept.
    """
    by.require("records.read_file")
    if not stored.declared.may_be_read_by(by, stored.owner_id):
        raise NotAllowed
    if stored.removed_at is not None:
        raise FileGone
    record(AuditEntry.Kind.LOOK, stored.stream, READ, by=by)
    content = storage.get(stored.key)
    if content is None or hashlib.sha256(content).digest() != bytes(stored.sha256):
        raise FileDamaged
    return content


def remove_file(stored: StoredFile, why: str, *, by: Actor) -> bool:
    """Let its content and name go; the row says when and why. False: it is gone already."""
    by.require("records.remove_file")
    with transaction.atomic():
        stored = StoredFile.objects.select_for_update(no_key=True, of=("self",)).get(pk=stored.pk)
        if stored.removed_at is not None:
            return False
        stored.name, stored.removed_at, stored.removed_why = "", now(), why
        stored.save(update_fields=["name", "removed_at", "removed_why"])
        publish(FileRemoved(stored.pk, why), by=by)
        key = stored.key
        after_commit(lambda: storage.delete(key))
    return True


def remove_stray_contents(*, by: Actor) -> int:
    """Delete contents that no file needs: of keepings that failed, of removals that were cut off.

    What was put there within a day may belong to a row that is not committed yet, and stays.
    Returns how many went.
    """
    by.require("records.remove_stray_contents")
    gone = stray_contents()
    for key in gone:
        storage.delete(key)
    return len(gone)
