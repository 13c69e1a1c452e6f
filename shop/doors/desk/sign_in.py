"""Staff sign-in: name and password, then the six digits of the enrolled device."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext_lazy
from django_otp.forms import OTPAuthenticationFormMixin
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from shop.identity.actors import Actor, Door
from shop.identity.models import User
from shop.records.models import AuditEntry
from shop.records.trail import record, stranger

NOBODY = Actor.system("nobody is signed in yet", Door.DESK)
SIGNED_IN, REFUSED = AuditEntry.Kind.SIGN_IN, AuditEntry.Kind.SIGN_IN_FAILED
BOTH_FACTORS = gettext_noop("with both factors")
TO_ENROL = gettext_noop("with the password alone, to enrol a device")
NO_MATCH = gettext_noop("name or password wrong")
CODE_REFUSED = gettext_noop("password right, one-time code refused")
TOO_OFTEN = gettext_noop("too many wrong passwords")

CODE_ATTRIBUTES = {
    "class": " ".join(BASE_INPUT_CLASSES),
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "pattern": "[0-9]{6}",
    "maxlength": 6,
    "placeholder": "000000",
}


class SignInForm(OTPAuthenticationFormMixin, AuthenticationForm):
    """Both factors on one page. Whoever has no device yet comes in to enrol one, no further."""

    otp_token = forms.CharField(
        label=_("One-time code"),
        required=False,
        help_text=_("Six digits from your authenticator app; leave it empty the first time."),
        widget=forms.TextInput(CODE_ATTRIBUTES),
    )
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("Name or password is wrong. Mind capital letters."),
    }
    otp_error_messages = {
        **OTPAuthenticationFormMixin.otp_error_messages,
        "token_required": _("Enter the six digits that your authenticator app shows now."),
        "invalid_token": _(
            "This code is wrong or has been used. Wait for the next one and try again."
        ),
        "n_failed_attempts": ngettext_lazy(
            "The code was wrong %(failure_count)d time: wait a moment, then try the next code.",
            "The code was wrong %(failure_count)d times: wait a moment, then try the next code.",
            "failure_count",
        ),
        "verification_not_allowed": _("Codes are not accepted just now; try again in a minute."),
    }

    def clean(self) -> Any:
        """Both factors are right, or it is refused; either way it is on record first."""
        try:
            self._prove()
        except forms.ValidationError:
            if not getattr(self.request, "axes_locked_out", False):  # `locked_out` records those
                name, user = self.cleaned_data["username"], self.get_user()
                record(REFUSED, account_of(name), CODE_REFUSED if user else NO_MATCH, by=NOBODY)
            raise
        if (user := self.get_user()) is not None:
            how = BOTH_FACTORS if self._chosen_device(user) else TO_ENROL
            record(SIGNED_IN, user.stream, how, by=Actor.staff(user))
        return self.cleaned_data

    def _prove(self) -> None:
        self.cleaned_data = super().clean()
        user = self.get_user()
        if user is not None and self._chosen_device(user) is not None:
            self.clean_otp(user)

    def _chosen_device(self, user: Any) -> Any:
        """The one enrolled device; django-otp would have people choose from a list."""
        return user.totpdevice_set.filter(confirmed=True).first()

    def _update_form(self, user: Any) -> None:
        """django-otp would write the password back into the page; it is typed again instead."""


def account_of(name: str) -> str:
    """The subject of an attempt: the account of that name, else what cannot be read back."""
    user = User.objects.filter(username=name).first()
    return user.stream if user else stranger(name)


def locked_out(request: HttpRequest, *args: Any) -> HttpResponse:
    """After five wrong passwords: 429, what happened and when to come back (django-axes)."""
    subject = account_of(request.POST.get("username", ""))
    record(AuditEntry.Kind.LOCKED_OUT, subject, TOO_OFTEN, by=NOBODY)
    context = {**admin.site.each_context(request), "title": _("Sign-in locked"), "minutes": 15}
    return TemplateResponse(request, "desk/locked_out.html", context, status=429).render()
