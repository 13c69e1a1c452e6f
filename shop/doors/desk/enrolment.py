"""First sign-in: scan a code with the phone, prove it with six digits, and the door opens."""

from typing import cast

import django_otp
import segno
from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django_otp.plugins.otp_totp.models import TOTPDevice

from shop.doors.desk.rows import actor_of
from shop.doors.desk.sign_in import CODE_ATTRIBUTES
from shop.doors.desk.site import awaits_enrolment
from shop.errors import DomainError
from shop.identity.actions import confirm_device, enrol_device
from shop.identity.models import User


class CodeForm(forms.Form):
    """The proof that the device works."""

    code = forms.RegexField(
        r"^\d{6}$",
        label=_("One-time code"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput({**CODE_ATTRIBUTES, "autofocus": True}),
    )


@never_cache
@login_required
def enrol(request: HttpRequest) -> HttpResponse:
    """Only for staff who know their password and have no device yet."""
    if not awaits_enrolment(request.user):
        return redirect("desk:landing")
    by = actor_of(request)
    try:
        device = enrol_device(cast(User, by.user), by=by)
    except DomainError as refusal:
        return page(request, None, None, str(refusal))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            confirm_device(device, form.cleaned_data["code"], by=by)
        except DomainError as refusal:
            form.add_error("code", str(refusal))
        else:
            django_otp.login(request, device)
            return redirect("desk:landing")
    return page(request, device, form)


def page(
    request: HttpRequest, device: TOTPDevice | None, form: CodeForm | None, refusal: str = ""
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Enrol your device"),
        "form": form,
        "refusal": refusal,
        "picture": picture_of(device) if device else "",
        "secret": spaced(device) if device else "",
    }
    return TemplateResponse(request, "desk/enrol.html", context)


def picture_of(device: TOTPDevice) -> str:
    """The device's address as an SVG, drawn here: the secret goes to no other host."""
    code = segno.make(device.config_url, error="m")
    return mark_safe(code.svg_inline(omitsize=True, border=4, dark="#0b3d2e"))  # noqa: S308


def spaced(device: TOTPDevice) -> str:
    """The secret for typing, in groups of four."""
    secret = device.config_url.split("secret=")[1].split("&")[0]
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
