"""The page on which a draft is written: each field beside what customers read of it now."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog import rules
from catalog.actions import edit_revision
from catalog.models import ProductRevision
from catalog.rendering import Passage, passages
from shop.doors.desk.buttons import tell
from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of, page_of
from shop.errors import DomainError

LONG_FROM = 100
"""Fields that hold more letters than this are written in several lines."""


class WritingForm(forms.ModelForm):
    """All that a product says; `seen` is the number of edits that the page knows."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = ProductRevision
        fields = ProductRevision.CONTENT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.instance.edits
        for name in ProductRevision.CONTENT:
            field: Any = self.fields[name]
            field.required = False  # a draft may have gaps; a review asks for what is missing
            if (field.max_length or 0) > LONG_FROM:
                lines = {"rows": 2 + field.max_length // 250, "maxlength": field.max_length}
                field.widget = forms.Textarea(lines)

    def text(self) -> Mapping[str, str]:
        return {name: self.cleaned_data[name] for name in ProductRevision.CONTENT}


@require_http_methods(["GET", "POST"])
@staff_page
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a draft; what the law says of it stands beside each field once it is saved."""
    by = actor_of(request)
    if not by.may("catalog.edit_revision"):
        raise PermissionDenied
    drafts = ProductRevision.objects.filter(status=ProductRevision.Status.DRAFT)
    revision = get_object_or_404(drafts.select_related("product", "based_on"), pk=pk)
    before = passages(revision)  # validation writes what was typed into the row
    form = WritingForm(request.POST or None, instance=revision)
    if request.method == "POST" and form.is_valid() and _kept(request, form):
        return redirect(page_of(revision) if "done" in request.POST else request.path)
    status = 400 if form.errors else 200
    return TemplateResponse(request, "catalog/desk/write.html",
                            _context(request, revision, form, before), status=status)  # fmt: skip


def _kept(request: HttpRequest, form: WritingForm) -> bool:
    written = ProductRevision(pk=form.instance.pk, product_id=form.instance.product_id)
    try:
        edit_revision(written, form.text(), form.cleaned_data["seen"], by=actor_of(request))
    except DomainError as refusal:
        tell(form, form.instance, refusal)
        return False
    messages.success(request, _("Saved."))
    return True


def _context(
    request: HttpRequest, revision: ProductRevision, form: WritingForm, before: list[Passage]
) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": _("Write %(title)s") % {"title": f"{revision.product} v{revision.number}"},
        "revision": revision,
        "form": form,
        "lines": [(form[passage.name], passage) for passage in before],
        "notice": rules.HEALTH_FOOD_NOTICE if revision.product.kind == "health_food" else "",
    }
