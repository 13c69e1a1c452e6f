"""What a notice says: looked up and put into words when it is sent or looked at, never stored."""

from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, override

from shop.errors import Text
from shop.notices.kinds import KINDS, Figures, NoticeKind, Template
from shop.notices.models import Notice, NoticeSending, Wishes
from shop.notices.rules import fitted
from shop.notices.selectors import wishes_of
from shop.vendors.mail import Mail
from shop.vendors.wechat.messages import SubscribeMessage


@dataclass(frozen=True)
class Words:
    """A notice in the reader's language."""

    subject: str
    body: str


def words_of(notice: Notice) -> Words:
    """In the language in force. What no longer exists is told by its kind alone."""
    kind = KINDS.get(notice.kind)
    if kind is None:
        return Words(notice.kind, "")
    try:
        figures = kind.look_up(notice)
    except ObjectDoesNotExist:
        return Words(str(kind.label), "")
    return Words(_filled(kind.subject, figures), _filled(kind.body, figures))


def _filled(text: Text, figures: Figures) -> str:
    return str(text) % figures


def page_of_subject(notice: Notice) -> str:
    """The staff page it leads to; empty when there is none."""
    kind = KINDS.get(notice.kind)
    if kind is not None and kind.page:
        return reverse(kind.page[0], args=kind.page[1:])
    if kind is None or not kind.model:
        return ""
    name = kind.model.lower().replace(".", "_")
    try:
        return reverse(f"admin:{name}_change", args=[notice.subject.partition(":")[2]])
    except NoReverseMatch:
        return ""


def mail_of(sending: NoticeSending) -> Mail:
    """The e-mail to a member of staff. Its number never changes: a repeat is known by it."""
    notice = sending.notice
    assert notice.party is not None
    wishes = wishes_of(notice.party.pk)
    with override(wishes.language):
        words = words_of(notice)
        context = {**_surroundings(notice), "words": words, "language": wishes.language}
        return Mail(
            to=notice.party.user.email,
            subject=f"[{settings.SHOP_NAME}] {words.subject}",
            text=render_to_string("notices/mail.txt", context),
            html=render_to_string("notices/mail.html", context),
            message_id=f"notice.{sending.pk}@{_domain()}",
            headers={"List-Id": f"{gettext('Shop notices')} <notices.{_domain()}>"},
        )


def group_text_of(sending: NoticeSending) -> str:
    """Markdown for the group; the number at its end makes a repeat recognisable."""
    with override(Wishes.Language.CHINESE):
        words = words_of(sending.notice)
        around = _surroundings(sending.notice)
    lines = [f"**{words.subject}**", words.body]
    if around["link"]:
        lines.append(f"[{gettext('Open')}]({around['link']})")
    return "\n".join([*lines, f"> {settings.SHOP_NAME} · {sending.notice}"])


def subscribe_message_of(sending: NoticeSending) -> SubscribeMessage:
    """The subscribe message to a customer; its page names the notice, for repeats."""
    notice = sending.notice
    assert notice.party is not None
    kind: NoticeKind = notice.declared
    template: Template | None = kind.template
    assert template is not None
    with override(Wishes.Language.CHINESE):
        figures = kind.look_up(notice)
        values = {
            keyword: fitted(keyword, str(figures[name]))
            for keyword, name in template.values.items()
        }
    page = template.page % {name: quote(str(value)) for name, value in figures.items()}
    return SubscribeMessage(
        openid=notice.party.customer.openid,
        template_id=settings.WECHAT_TEMPLATES[template.name],
        page=f"{page}{'&' if '?' in page else '?'}notice={notice.pk}",
        values=values,
    )


def _surroundings(notice: Notice) -> dict[str, object]:
    page = page_of_subject(notice)
    return {
        "notice": notice,
        "shop": settings.SHOP_NAME,
        "link": f"{settings.PUBLIC_URL}{page}" if page else "",
        "preferences": f"{settings.PUBLIC_URL}{reverse('desk:wishes')}",
    }


def _domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]
