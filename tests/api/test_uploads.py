"""POST uploads/: pictures from customers, and what comes back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shop.records.models import StoredFile
from tests import pictures
from tests.doors.conftest import desk_of
from tests.make import make_picture

pytestmark = pytest.mark.django_db
HERE = "/api/v1/uploads/"


def send(device, content, name="a.jpg", said="image/jpeg", **more):
    body = {"purpose": "customers_picture", "file": SimpleUploadedFile(name, content, said), **more}
    return device.post(HERE, body, format="multipart")


def test_a_picture_is_kept_and_comes_back_as_a_download(ming):
    told = send(ming, pictures.with_position(), "破损.jpg")
    assert told.status_code == 201
    assert told.data["name"] == "破损.jpg"
    assert told.data["content_type"] == "image/jpeg"
    back = ming.get(f"{HERE}{told.data['id']}/")
    assert back.headers["Content-Type"] == "image/jpeg"
    assert back.headers["Content-Disposition"].startswith("attachment")
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in back.headers["Content-Security-Policy"]
    assert b"PhoneOfMing" not in back.content


def test_nobody_else_gets_it(ming, hua, stranger):
    address = f"{HERE}{make_picture().pk}/"
    assert ming.get(address).status_code == 200
    assert hua.get(address).status_code == 404
    assert stranger.get(address).status_code == 401


def test_what_the_sender_says_it_is_counts_for_nothing(ming):
    told = send(ming, pictures.picture("PNG"), "a.html", "text/html")
    assert told.data["name"] == "a.png"
    assert told.data["content_type"] == "image/png"


@pytest.mark.fault("G13")
@pytest.mark.parametrize(
    "hostile", [pictures.enormous(), pictures.animated(), pictures.SVG, pictures.PDF]
)
def test_what_is_refused_says_why(ming, hostile):
    told = send(ming, hostile)
    assert told.status_code == 400
    assert told.data["code"] == "file-refused"
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"purpose": "customers_picture"},
        {"purpose": "records.document", "file": SimpleUploadedFile("a.jpg", pictures.picture())},
        {"purpose": "customers_picture", "file": "not a file"},
        {"purpose": "customers_picture", "extra": "1",
         "file": SimpleUploadedFile("a.jpg", pictures.picture())},
    ],
)  # fmt: skip
def test_an_incomplete_or_strange_form_is_refused(ming, body):
    assert ming.post(HERE, body, format="multipart").status_code == 400


def test_a_body_larger_than_any_file_is_not_read(ming):
    told = ming.generic("POST", HERE, b"", content_type="multipart/form-data; boundary=x",
                        CONTENT_LENGTH="5000000000")  # fmt: skip
    assert told.status_code == 413


def test_staff_read_it_through_their_own_door_when_their_post_may():
    stored = make_picture()
    address = f"/admin/desk/files/{stored.pk}/"
    answer = desk_of("service_agent").get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert desk_of("finance").get(address).status_code == 404


def test_the_register_names_what_is_kept_without_the_names_that_people_gave():
    make_picture()
    page = desk_of("service_agent").get("/admin/records/storedfile/").content.decode()
    assert "客户发来的图片" in page
    assert "收到的包裹" not in page
