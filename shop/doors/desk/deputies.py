"""My deputies: who decides in my name while I am away, and in whose name I do."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from shop.clock import SHANGHAI, now, today
from shop.doors.desk.buttons import button, tell
from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of, user_of
from shop.errors import DomainError
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.work.actions.deputies import end_deputation, name_deputy
from shop.work.models import Deputation
from shop.work.rules import LONGEST_TEXT
from shop.work.selectors.approvals import deputations_of


class DeputyForm(forms.Form):
    """Whole days, both included, as the calendar on the wall shows them."""

    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=User.objects.none())
    first_day = forms.DateField(label=_("First day"), widget=forms.DateInput({"type": "date"}))
    last_day = forms.DateField(label=_("Last day"), widget=forms.DateInput({"type": "date"}))
    why = forms.CharField(
        label=_("Why"), max_length=LONGEST_TEXT, widget=forms.TextInput({"maxlength": LONGEST_TEXT})
    )

    def __init__(self, me: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, groups__isnull=False).exclude(pk=me.pk)
        self.fields["deputy"].queryset = people.distinct().order_by("name")  # type: ignore[attr-defined]

    def span(self) -> tuple[datetime, datetime]:
        """From now, or the first day's beginning; to the end of the last day."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        starts_at = max(now(), datetime.combine(first, time(), SHANGHAI))
        return starts_at, datetime.combine(last + timedelta(days=1), time(), SHANGHAI)


def is_running(deputation: Deputation) -> bool:
    return deputation.ended_at is None and deputation.ends_at > now()


def is_mine(deputation: Deputation, actor: Actor) -> bool:
    return actor.user is not None and deputation.principal_id == actor.user.pk


END = button(
    end_deputation,
    _("End now"),
    _("Ended; you decide yourself again."),
    when=is_running,
    suits=is_mine,
    confirm=_("End this deputation now?"),
)


@require_http_methods(["GET", "POST"])
@staff_page
def page(request: HttpRequest) -> HttpResponse:
    """Name a deputy, see whose deputy I am, end a deputation."""
    me = user_of(request)
    form = DeputyForm(me, request.POST or None, initial={"first_day": today()})
    if request.method == "POST" and form.is_valid() and _named(request, form):
        return redirect("desk:deputies")
    context = {
        **admin.site.each_context(request),
        "title": _("Deputies"),
        "form": form,
        "deputations": deputations_of(me),
        "end": END,
        "me": me,
        "at": now(),
    }
    return TemplateResponse(request, "work/desk/deputies.html", context)


def _named(request: HttpRequest, form: DeputyForm) -> bool:
    said = form.cleaned_data
    try:
        named = name_deputy(said["deputy"], *form.span(), said["why"], by=actor_of(request))
    except DomainError as refusal:
        tell(form, said["deputy"], refusal)
        return False
    who = {"name": named.deputy}
    messages.success(request, gettext("%(name)s decides in your name in that time.") % who)
    return True
