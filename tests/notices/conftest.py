"""A Wednesday at ten, templates that are set up, and customers whom WeChat knows."""

import pytest
from django.utils import translation

from shop.clock import turned_to
from shop.identity.actions import join_if_new
from shop.identity.actors import Actor
from shop.notices.actions.preferences import allow_messages
from shop.notices.kinds import KINDS, Audience, Channel, NoticeKind
from tests import cast
from tests.make import make_calendar
from tests.notices.cases import TEMPLATES, WEDNESDAY


@pytest.fixture(autouse=True)
def _on_a_wednesday_at_ten():
    with turned_to(WEDNESDAY):
        yield


@pytest.fixture(autouse=True)
def _in_chinese():
    """Whatever language the last request of another test was made in."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def templates(settings):
    settings.WECHAT_TEMPLATES = TEMPLATES
    return TEMPLATES


@pytest.fixture
def buyer(db, wechat, templates):
    """A customer known to WeChat, who has tapped 'allow' for these templates, once each."""

    def buyer(name, *allowed):
        _code, openid = wechat.login_code(name)
        customer = join_if_new(openid, by=cast.SYSTEM)
        for template in allowed:
            wechat.subscribe(name, templates[template])
            allow_messages(customer, [templates[template]], by=Actor.shopper(customer))
        return customer

    return buyer


@pytest.fixture
def calendar(db):
    return make_calendar()


@pytest.fixture
def memo(monkeypatch):
    """A kind that waits for working hours: nothing of the shop tells staff anything like it yet."""

    def memo(**changes):
        known = {
            "code": "tests.memo",
            "label": "memo",
            "article": "A3.3",
            "audience": Audience.STAFF,
            "channels": (Channel.DESK, Channel.MAIL),
            "subject": "Memo",
            "body": "Read it.",
        }
        kind = NoticeKind(**known | changes)
        monkeypatch.setitem(KINDS, kind.code, kind)
        return kind

    return memo


@pytest.fixture
def engineer(db):
    """The technical lead, with an e-mail address."""
    user = cast.staff("technical_lead").user
    user.email = "jishu@shop.example"
    user.save()
    return user
