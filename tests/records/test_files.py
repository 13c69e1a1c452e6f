"""keep_file, read_file, remove_file: what is kept is what was admitted, for whom it is meant."""

import hashlib
import io
import os
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from PIL import Image

from shop.clock import now, turned_to
from shop.doors.tasks import remove_expired_files
from shop.errors import NotAllowed
from shop.identity.actors import Actor
from shop.records import storage
from shop.records.actions.files import (
    keep_file,
    read_file,
    remove_file,
    remove_stray_contents,
)
from shop.records.contents import PICTURES, Content, ContentKind, admit, tidy_name
from shop.records.errors import FileDamaged, FileGone, FileQuotaFull, FileRefused
from shop.records.models import AuditEntry, StoredFile
from shop.records.purposes import CUSTOMERS_PICTURE, PURPOSES, FilePurpose, file_purpose
from tests import cast, pictures
from tests.make import make_picture
from tests.oracle.judging import breaches

pytestmark = pytest.mark.django_db
EVERYTHING = frozenset(ContentKind)


def opened(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.fault("G13")
@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(pictures.enormous(), id="30,000 × 30,000 px in a header"),
        pytest.param(pictures.enormous(8_000, 5_001), id="a little over 40 megapixels"),
        pytest.param(pictures.animated("GIF"), id="animated GIF"),
        pytest.param(pictures.SVG, id="SVG with script"),
        pytest.param(pictures.picture()[:-200], id="truncated JPEG"),
        pytest.param(pictures.picture("PNG")[:60], id="truncated PNG"),
        pytest.param(pictures.FITS, id="FITS named .jpg"),
        pytest.param(pictures.PSD, id="PSD named .jpg"),
        pytest.param(pictures.picture("TIFF"), id="TIFF named .jpg"),
        pytest.param(pictures.picture("BMP"), id="BMP named .jpg"),
        pytest.param(b"\xff\xd8\xff" + pictures.SVG, id="markup behind a JPEG's first bytes"),
        pytest.param(pictures.PDF, id="PDF where pictures are wanted"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_hostile_picture_is_refused_and_nothing_of_it_is_kept(hostile):
    before = set(storage.all_keys())
    with pytest.raises(FileRefused):
        keep_file(CUSTOMERS_PICTURE, "a.jpg", hostile, owner=cast.customer().party,
                  by=cast.shopper())  # fmt: skip
    assert not StoredFile.objects.exists()
    assert set(storage.all_keys()) == before


@pytest.mark.fault("G13")
def test_a_picture_tells_neither_where_nor_by_what_it_was_taken():
    raw = pictures.with_position()
    assert dict(opened(raw).getexif().get_ifd(pictures.GPS_IFD))
    kept = admit(raw, PICTURES).content
    assert not dict(opened(kept).getexif())
    assert b"PhoneOfMing" not in kept
    assert b"taken at home" not in kept
    assert opened(kept).size == (48, 64), "it stands upright, as the camera meant it"


@pytest.mark.fault("G13")
def test_of_a_picture_that_is_a_page_too_only_the_picture_is_left():
    raw = pictures.polyglot()
    assert pictures.SCRIPT in raw
    kept = admit(raw, PICTURES)
    assert kept.kind == ContentKind.JPEG
    assert b"<html" not in kept.content
    assert pictures.SCRIPT not in kept.content
    assert opened(kept.content).size == (64, 48)


@pytest.mark.fault("G13")
@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_of_many_frames_one_is_left(kind):
    raw = pictures.animated(kind, frames=20)
    assert opened(raw).n_frames > 1
    kept = opened(admit(raw, PICTURES).content)
    assert getattr(kept, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (pictures.picture("JPEG"), ContentKind.JPEG),
        (pictures.picture("PNG"), ContentKind.PNG),
        (pictures.picture("WEBP"), ContentKind.WEBP),
        (pictures.PDF, ContentKind.PDF),
        (pictures.workbook(), ContentKind.XLSX),
        (pictures.archive(("a.json", b"{}")), ContentKind.ZIP),
        ("商品编号,数量\nA1,3\n".encode(), ContentKind.CSV),
    ],
)
def test_a_file_is_what_its_content_says(raw, kind):
    assert admit(raw, EVERYTHING).kind == kind


@pytest.mark.parametrize(
    "raw",
    [
        pictures.workbook(("bomb", bytes(200_000_001))),
        pictures.archive(*((f"{n}", b"") for n in range(10_001))),
        pictures.PDF[:-20],
        b"MZ\x90\x00" + bytes(100),
        pictures.SVG,
        b"  <html>" + pictures.SCRIPT,
        b"#!/bin/sh\x00",
    ],
)
def test_what_grows_beyond_measure_or_is_nothing_of_ours_is_refused(raw):
    with pytest.raises(FileRefused):
        admit(raw, EVERYTHING)


def test_a_workbook_with_macros_is_no_workbook():
    raw = pictures.workbook(("xl/vbaProject.bin", b"x"))
    with pytest.raises(FileRefused):
        admit(raw, frozenset({ContentKind.XLSX}))


@pytest.mark.parametrize(
    ("name", "tidied"),
    [
        ("收到的包裹.jpg", "收到的包裹.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\a.html", "a.png"),
        ('x"\r\nSet-Cookie: a=1.jpg', "xSet-Cookie a1.png"),
        ("\u202egnp.exe", "gnp.png"),
        (".htaccess", "htaccess.png"),
        ("", "file.png"),
        ("长" * 300, "长" * 100 + ".png"),
    ],
)
def test_a_name_is_only_a_name(name, tidied):
    assert tidy_name(name, Content(ContentKind.PNG, b"")) == tidied


def test_what_is_kept_can_be_read_and_is_nowhere_in_clear():
    stored = make_picture()
    content = read_file(stored, by=cast.shopper())
    assert hashlib.sha256(content).digest() == bytes(stored.sha256)
    with storage.storage().open(stored.key) as sealed:
        assert content[:64] not in sealed.read()
    assert "包裹" not in stored.key


def test_who_may_read_it_and_that_it_was_read():
    stored = make_picture()
    for reader in (cast.shopper(), cast.staff("service_agent"), cast.SYSTEM):
        assert read_file(stored, by=reader)
    looks = AuditEntry.objects.filter(subject=stored.stream, kind=AuditEntry.Kind.LOOK)
    assert looks.count() == 3
    for stranger in (cast.shopper("hua"), cast.staff("finance"), cast.staff("warehouse")):
        with pytest.raises(NotAllowed):
            read_file(stored, by=stranger)
        assert not StoredFile.objects.visible_to(stranger).exists()
    assert looks.count() == 3


def test_a_customer_keeps_only_their_own_and_only_what_is_open_to_them():
    for purpose, owner in (
        (CUSTOMERS_PICTURE, cast.customer("hua").party),
        (CUSTOMERS_PICTURE, None),
    ):
        with pytest.raises(NotAllowed):
            keep_file(purpose, "a.jpg", pictures.picture(), owner=owner, by=cast.shopper())


def test_a_damaged_or_lost_content_is_never_given_out():
    stored = make_picture()
    storage.delete(stored.key)
    with pytest.raises(FileDamaged):
        read_file(stored, by=cast.SYSTEM)
    storage.put(stored.key, pictures.picture("PNG"))
    with pytest.raises(FileDamaged):
        read_file(stored, by=cast.SYSTEM)


def narrow(monkeypatch, quota):
    """A purpose of this test alone."""
    monkeypatch.delitem(PURPOSES, "narrow", raising=False)
    purpose = FilePurpose("narrow", "narrow", "records.read_customers_picture", PICTURES,
                          10_000_000, quota, timedelta(days=30), True, True)  # fmt: skip
    monkeypatch.setitem(PURPOSES, "narrow", purpose)
    return purpose


def test_the_quota_of_an_owner_is_not_passed(monkeypatch):
    size = len(admit(pictures.picture(), PICTURES).content)
    purpose = narrow(monkeypatch, 2 * size)
    for _nth in range(2):
        keep_file(purpose, "a.jpg", pictures.picture(), owner=cast.customer().party, by=cast.SYSTEM)
    with pytest.raises(FileQuotaFull):
        keep_file(purpose, "a.jpg", pictures.picture(), owner=cast.customer().party, by=cast.SYSTEM)
    hua = cast.customer("hua").party
    assert keep_file(purpose, "a.jpg", pictures.picture(), owner=hua, by=cast.SYSTEM)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_uploads_at_once_do_not_pass_the_quota_that_one_fills(monkeypatch, locked):
    """The control takes the owner's lock away: then both fit."""
    size = len(admit(pictures.picture(), PICTURES).content)
    purpose = narrow(monkeypatch, size)
    owner = cast.customer().party
    if not locked:
        monkeypatch.setattr(
            "shop.records.actions.files.Party.objects.select_for_update",
            lambda **_: type(owner).objects.all(),
        )
    both_in, kept = threading.Barrier(2), []

    def put(key, content):
        if not locked:
            both_in.wait(20)  # neither has committed

    monkeypatch.setattr(storage, "put", put)

    def upload():
        try:
            kept.append(keep_file(purpose, "a.jpg", pictures.picture(), owner=owner,
                                  by=cast.SYSTEM).pk)  # fmt: skip
        except FileQuotaFull:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=upload, daemon=True) for _nth in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(kept) == (1 if locked else 2)


@pytest.mark.fault("I7")
def test_retention_takes_what_is_past_its_time_and_nothing_else(django_capture_on_commit_callbacks):
    with turned_to(now() - CUSTOMERS_PICTURE.keep_for - timedelta(minutes=1)):
        old = [make_picture(), make_picture(cast.customer("hua"))]
    with turned_to(now() - CUSTOMERS_PICTURE.keep_for + timedelta(hours=1)):
        young = make_picture()
    foretold = set(StoredFile.objects.past_their_time(now()).values_list("pk", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        remove_expired_files(now())
    gone = StoredFile.objects.exclude(removed_at=None)
    assert set(gone.values_list("pk", flat=True)) == foretold == {one.pk for one in old}
    assert {(one.name, one.removed_why) for one in gone} == {("", "retention")}
    assert set(storage.all_keys()) >= {young.key}
    assert not set(storage.all_keys()) & {one.key for one in old}
    for one in gone:
        with pytest.raises(FileGone):
            read_file(one, by=cast.SYSTEM)
    with django_capture_on_commit_callbacks(execute=True):
        remove_expired_files(now())
    assert StoredFile.objects.exclude(removed_at=None).count() == 2


def test_what_a_cut_off_removal_left_goes_by_itself():
    stored = make_picture()
    assert remove_file(stored, "retention", by=cast.SYSTEM)
    assert not remove_file(stored, "retention", by=cast.SYSTEM)
    assert stored.key in storage.all_keys(), "the commit that deletes it never came"
    assert remove_stray_contents(by=cast.SYSTEM) == 0, "it is too young to be sure"
    os.utime(storage.storage().path(stored.key), (0, 0))
    assert [name for name, *_ in breaches()] == ["records.no_content_is_stray"]
    assert remove_stray_contents(by=cast.SYSTEM) == 1
    assert breaches() == []


def test_a_keeping_that_fails_leaves_no_row():
    before = StoredFile.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        make_picture()
        raise RuntimeError
    assert StoredFile.objects.count() == before


def test_two_purposes_of_one_code_are_a_mistake():
    with pytest.raises(ValueError, match="already"):
        file_purpose(CUSTOMERS_PICTURE)


def test_a_customer_may_not_remove():
    with pytest.raises(NotAllowed):
        remove_file(make_picture(), "retention", by=Actor.shopper(cast.customer()))
