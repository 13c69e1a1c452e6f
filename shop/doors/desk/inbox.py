"""The bell on every staff page, the inbox behind it, and how each person wants to be told."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.doors.desk.buttons import button, tell
from shop.doors.desk.live import staff_fragment, staff_page, unless_known
from shop.doors.desk.queues import Glance, Queue, fingerprint
from shop.doors.desk.rows import actor_of, user_of
from shop.doors.desk.words import words
from shop.errors import DomainError
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.actions.inbox import read_all_notices, read_notice
from shop.notices.actions.preferences import Choice, set_wishes
from shop.notices.models import Notice, Wishes
from shop.notices.rendering import page_of_subject, words_of
from shop.notices.selectors import inbox, unread_count, wishes_of

MOST_READ = 30

READ = button(read_notice, _("Mark read"), _("Read."), when=lambda notice: notice.read_at is None)


@require_GET
@staff_fragment
def bell(request: HttpRequest) -> HttpResponse:
    """How many notices are unread; 304 while the number has not moved."""
    count = unread_count(actor_of(request))
    return unless_known(request, fingerprint(str(count)), lambda: JsonResponse({"unread": count}))


def queue_of(actor: Actor) -> Queue:
    """One person's unread notices as a queue: what they have read leaves it."""
    return Queue(
        code="notices",
        title=_("My notices"),
        purpose=_("What you were told because of your post. Read ones move down."),
        empty=_("Nothing unread. News appears here by itself."),
        icon="notifications",
        rows=lambda: inbox(actor.user.party_id).unread(),
        find=unsearched,
        about=told,
        since="raised_at",
        watched=("read_at",),
        template="desk/notice_row.html",
        permission="notices.read_notice",
        buttons=(READ,),
        search_hint="",
        patience=timedelta(hours=4),
    )


def unsearched(notices: QuerySet[Notice], text: str) -> QuerySet[Notice]:
    """What a notice says is not stored, so it cannot be searched."""
    return notices


def told(notices: Sequence[Notice]) -> Mapping[int, Mapping[str, Any]]:
    """Each notice in words, and the page it leads to."""
    return {
        notice.pk: {"words": words_of(notice), "page": page_of_subject(notice)}
        for notice in notices
    }


@require_GET
@staff_page
def page(request: HttpRequest) -> HttpResponse:
    """Unread notices as a live queue, the last read ones below."""
    actor = actor_of(request)
    glance = Glance.at(queue_of(actor), actor)
    read = list(inbox(actor.user.party_id).filter(read_at__isnull=False)[:MOST_READ])
    about = told(read)
    context = {
        **admin.site.each_context(request),
        "title": glance.queue.title,
        "queue": glance.queue,
        "glance": glance,
        "lines": glance.lines(),
        "words": words(),
        "read": [{"row": notice, "about": about[notice.pk]} for notice in read],
    }
    return TemplateResponse(request, "desk/inbox.html", context)


@require_GET
@staff_fragment
def rows(request: HttpRequest) -> HttpResponse:
    """The unread ones alone; 304 while they are what the page has."""
    actor = actor_of(request)
    glance = Glance.at(queue_of(actor), actor)

    def build() -> HttpResponse:
        context = {"queue": glance.queue, "glance": glance, "lines": glance.lines()}
        return TemplateResponse(request, "desk/rows.html", context)

    return unless_known(request, glance.etag, build)


@require_POST
@staff_page
def all_read(request: HttpRequest) -> HttpResponse:
    """Take note of everything at once."""
    read_all_notices(user_of(request), by=actor_of(request))
    return redirect("desk:inbox")


class WishesForm(forms.Form):
    """How I want to be told."""

    email = forms.CharField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    mail = forms.BooleanField(label=_("Also tell me by e-mail"), required=False)
    language = forms.ChoiceField(label=_("Language of mails"), choices=Wishes.Language.choices)
    quiet_begins = forms.TimeField(
        label=_("Do not disturb from"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
    )
    quiet_ends = forms.TimeField(
        label=_("until"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        help_text=_("Left empty: outside the hours of the business calendar. Urgent news passes."),
    )


@require_http_methods(["GET", "POST"])
@staff_page
def wishes(request: HttpRequest) -> HttpResponse:
    """My notice preferences."""
    user = user_of(request)
    form = WishesForm(request.POST or None, initial=choice_of(user))
    if form.is_valid():
        try:
            set_wishes(user, Choice(**form.cleaned_data), by=actor_of(request))
        except DomainError as refusal:
            tell(form, user, refusal)
        else:
            messages.success(request, _("Saved: this is how you are told from now on."))
            return redirect("desk:wishes")
    context = {
        **admin.site.each_context(request),
        "title": _("My notice preferences"),
        "form": form,
    }
    status = 400 if form.is_bound else 200
    return TemplateResponse(request, "desk/wishes.html", context, status=status)


def choice_of(user: User) -> dict[str, Any]:
    kept = wishes_of(user.party_id)
    names = ("mail", "language", "quiet_begins", "quiet_ends")
    return {"email": user.email, **{name: getattr(kept, name) for name in names}}
