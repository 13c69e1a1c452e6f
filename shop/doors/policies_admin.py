"""Staff pages over policies and channels."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop.clock import now
from shop.doors.desk.beginnings import beginning, untaken
from shop.doors.desk.buttons import button
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.desk.timeline import in_words
from shop.doors.templatetags.desk import badge
from shop.identity.roles import ROLES
from shop.records.actions.channels import close_channel, register_channel, reopen_channel
from shop.records.actions.policies import (
    confirm_reading,
    draft_policy_version,
    establish_policy,
    publish_policy_version,
)
from shop.records.events import PolicyPublished
from shop.records.models import Channel, Policy, PolicyVersion
from shop.records.selectors import not_read_by, standing

STANDINGS = {
    "draft": (_("draft"), "wait"),
    "announced": (_("announced"), "go"),
    "in_force": (_("in force"), "good"),
    "superseded": (_("superseded"), "plain"),
}


class TextForm(forms.Form):
    """The words of a version; those of the newest one stand there to begin with."""

    text = forms.CharField(
        label=_("Text"), max_length=40_000, widget=forms.Textarea({"rows": 18, "cols": 80})
    )
    changes = forms.CharField(label=_("What is new"), max_length=200, required=False)


class EffectForm(forms.Form):
    """When a version takes effect."""

    effective_on = forms.DateField(
        label=_("In force from"),
        required=False,
        help_text=_("From the beginning of this day; empty: in a minute."),
        widget=forms.DateInput({"type": "date"}),
    )


class PolicyForm(forms.Form):
    """A policy before it has words."""

    title = forms.CharField(label=_("Title"), max_length=60)
    code = forms.SlugField(
        label=_("Code"),
        max_length=30,
        validators=[untaken(Policy, "code")],
        help_text=_("Small letters, digits and hyphens; it never changes."),
    )
    audience = forms.ChoiceField(label=_("For"), choices=Policy.Audience.choices)
    posts = forms.MultipleChoiceField(
        label=_("Posts"),
        choices=[(role.code, role.name) for role in ROLES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only for a policy that concerns some posts."),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        is_for_posts = said.get("audience") == Policy.Audience.POSTS
        if is_for_posts and not said.get("posts"):
            self.add_error("posts", _("Name at least one post."))
        if not is_for_posts and said.get("posts"):
            self.add_error("posts", _("Leave these empty, or choose “some posts” above."))
        return said


class ChannelForm(forms.Form):
    """A way of selling beside the mini-program."""

    name = forms.CharField(label=_("Name"), max_length=40)
    code = forms.SlugField(
        label=_("Code"),
        max_length=20,
        validators=[untaken(Channel, "code")],
        help_text=_("Small letters, digits and hyphens; it never changes."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[one for one in Channel.Kind.choices if one[0] != Channel.Kind.MINI_PROGRAM],
    )


def newest_text(policy: Policy) -> dict[str, Any]:
    newest = policy.versions.order_by("-number").first()
    return {"text": newest.text} if newest else {}


def awaits_reader(version: PolicyVersion) -> bool:
    is_for_staff = version.policy.audience != Policy.Audience.CUSTOMERS
    is_read = getattr(version, "is_read", False)
    return is_for_staff and not is_read and standing(version, now()) == "in_force"


button(
    draft_policy_version,
    _("Draft a version"),
    _("Drafted. Somebody else publishes it."),
    form=TextForm,
    initial=newest_text,
)
button(
    publish_policy_version,
    _("Publish"),
    _("Published: its words never change again."),
    form=EffectForm,
    is_primary=True,
)
button(
    confirm_reading,
    _("I have read it"),
    _("Confirmed."),
    when=awaits_reader,
    is_primary=True,
)
beginning(
    establish_policy,
    Policy,
    _("New policy"),
    _("Begun. Draft its first version now."),
    PolicyForm,
)
beginning(
    register_channel,
    Channel,
    _("New channel"),
    _("Registered: orders may come by it."),
    ChannelForm,
)
button(close_channel, _("Close to orders"), _("Closed: orders that came by it go on."))
button(reopen_channel, _("Open again"), _("Open: orders may come by it again."))


@in_words(PolicyPublished)
def published(event: PolicyPublished) -> str:
    return f"v{event.number}"


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    """The company's rules and their versions."""

    list_display = ("title", "audience", "in_force", "since")
    list_filter = (("audience", admin.ChoicesFieldListFilter),)
    search_fields = ("title", "code")
    record_template = "desk/policy.html"

    @admin.display(description=_("in force"))
    def in_force(self, policy: Policy) -> Any:
        version = self._applying(policy)
        return f"v{version.number}" if version else badge(*STANDINGS["draft"])

    @admin.display(description=_("in force from"))
    def since(self, policy: Policy) -> Any:
        version = self._applying(policy)
        return version.effective_at if version else None

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    @staticmethod
    def _applying(policy: Policy) -> PolicyVersion | None:
        present = now()
        began = (v for v in policy.versions.all() if v.effective_at and v.effective_at <= present)
        return max(began, key=lambda version: version.number, default=None)

    def about(self, request: HttpRequest, policy: Policy) -> dict[str, Any]:
        is_writer = request.user.has_perm("records.draft_policy_version") or request.user.has_perm(
            "records.publish_policy_version"
        )
        applying = self._applying(policy)
        items = []
        for version in policy.versions.order_by("-number"):
            text, look = STANDINGS[standing_beside(version, applying)]
            if version.effective_at or is_writer:
                items.append({"version": version, "standing": text, "look": look})
        return {"versions": items}


def standing_beside(version: PolicyVersion, applying: PolicyVersion | None) -> str:
    """As `standing`, when it is known which version applies: no query."""
    if version.effective_at is None:
        return "draft"
    if version.effective_at > now():
        return "announced"
    return "in_force" if version == applying else "superseded"


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    """The words of each version, and for whom it is open to see, who has not read them."""

    list_display = ("policy", "number", "status", "effective_at", "changes")
    list_display_links = ("policy",)
    list_filter = (("status", admin.ChoicesFieldListFilter),)
    list_select_related = ("policy",)
    search_fields = ("policy__title", "policy__code")
    record_template = "desk/policy_version.html"
    leave_out = frozenset({"text", "status", "changes"})

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("policy", "drafted_by", "published_by").defer("text")

    def about(self, request: HttpRequest, version: PolicyVersion) -> dict[str, Any]:
        text, look = STANDINGS[standing(version, now())]
        return {"standing": text, "look": look, **self._readers(request, version)}

    def _readers(self, request: HttpRequest, version: PolicyVersion) -> dict[str, Any]:
        may_see = request.user.has_perm("records.view_policyreading")
        if not may_see or version.policy.audience == Policy.Audience.CUSTOMERS:
            return {}
        return {"not_read": not_read_by(version), "readings": version.readings.count()}


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    """The ways of selling."""

    list_display = ("name", "code", "kind", "state", "created_at")
    list_filter = (("kind", admin.ChoicesFieldListFilter),)
    search_fields = ("name", "code")
    state = state_badge({"open": "good", "closed": "plain"})
    state.short_description = _("state")
