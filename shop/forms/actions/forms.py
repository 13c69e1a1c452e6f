"""Forms: drafted, changed, published, retired."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.clock import now
from shop.errors import InvalidValue, Text
from shop.events.outbox import publish
from shop.events.states import advance
from shop.forms.errors import DraftMoved, FormFlawed
from shop.forms.events import FormDrafted, FormEdited, FormPublished, FormRetired
from shop.forms.kinds import USES, FormUse, Terms
from shop.forms.models import Form, FormVersion
from shop.forms.rules import FULL, Content, Flaw, as_json, digest, flaws
from shop.identity.actors import Actor

LONGEST_NAME = 80
MOST_MINUTES, MOST_ATTEMPTS = 600, 20
BY_THE_HOUSE = Actor.system("a form that the house begins with")

FLAWS: dict[str, Text] = {
    "empty": gettext_lazy("It asks nothing yet."),
    "too_large": gettext_lazy("At most 20 sections and 100 questions."),
    "same_code": gettext_lazy("Two questions have the same code."),
    "worthless": gettext_lazy("No answer brings a point."),
    "section": gettext_lazy("A section needs a title of at most 80 characters, and a weight."),
    "draw": gettext_lazy("It draws more questions than it has."),
    "unequal_draw": gettext_lazy("Questions that are drawn must be worth the same."),
    "text": gettext_lazy("A question has 1 to 400 characters."),
    "points": gettext_lazy("Its points are not valid."),
    "bands": gettext_lazy("Its bands overlap or are missing."),
    "steps": gettext_lazy("A scale has 2 to 10 steps."),
    "options": gettext_lazy("It needs 2 to 12 different answers."),
}


@dataclass(frozen=True)
class Draft:
    """What a draft says: its questions, and how it is filled in."""

    content: Content
    terms: Terms


def draft_form(use: str, name: str, *, by: Actor) -> FormVersion:
    """Begin a form for a use; its draft asks nothing yet. Raises InvalidValue for a name that is
    taken, missing or too long."""
    by.require("forms.draft_form")
    name = name.strip()
    if use not in USES:
        raise InvalidValue(fields={"use": [_("Choose what it is for.")]})
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidValue(fields={"name": [_("A name has 1 to 80 characters.")]})
    with transaction.atomic():
        form, is_new = Form.objects.get_or_create(use=use, name=name)
        if not is_new:
            raise InvalidValue(fields={"name": [_("A form of this use has this name already.")]})
        return _write_draft(form, Draft(Content(), USES[use].terms), by)


def revise_form(version: FormVersion, *, by: Actor) -> FormVersion:
    """Begin the next version as a copy of this one. Raises InvalidValue while another draft of
    the form is being written."""
    by.require("forms.revise_form")
    with transaction.atomic():
        form = Form.objects.select_for_update(no_key=True).get(pk=version.form_id)
        if form.versions.filter(status=FormVersion.Status.DRAFT).exists():
            raise InvalidValue(_("A draft of this form is being written already."))
        return _write_draft(form, Draft(version.asks, version.terms), by)


def _write_draft(form: Form, draft: Draft, by: Actor) -> FormVersion:
    last = form.versions.order_by("-number").first()
    content = as_json(draft.content)
    version = FormVersion.objects.create(
        form=form,
        number=last.number + 1 if last else 1,
        content=content,
        content_hash=digest(content),
        drafted_at=now(),
        drafted_by=by.user,
        **_columns(draft.terms),
    )
    publish(FormDrafted(version.pk, form.use, version.number), by=by)
    return version


def _columns(terms: Terms) -> dict[str, int]:
    return {
        "pass_bp": terms.pass_bp,
        "minutes": terms.minutes,
        "attempts": terms.attempts,
        "four_eyes": terms.four_eyes,
    }


def edit_form(version: FormVersion, draft: Draft, edits: int, *, by: Actor) -> FormVersion:
    """Let the draft say this. `edits` is the state of the page that was changed.

    Raises DraftMoved when somebody else changed it meanwhile, FormFlawed once it is published,
    InvalidValue for a limit that is none. What is not complete yet may be kept.
    """
    by.require("forms.draft_form")
    _check(draft.terms)
    with transaction.atomic():
        version = FormVersion.objects.locked().select_related("form").get(pk=version.pk)
        if version.status != FormVersion.Status.DRAFT:
            raise FormFlawed(_("What has been published does not change: write the next version."))
        if version.edits != edits:
            raise DraftMoved
        version.content = as_json(draft.content)
        version.content_hash = digest(version.content)
        for column, value in _columns(draft.terms).items():
            setattr(version, column, value)
        version.edits += 1
        version.save()
        publish(FormEdited(version.pk, version.edits), by=by)
    return version


def _check(terms: Terms) -> None:
    wrong = {}
    if not 0 <= terms.pass_bp <= FULL:
        wrong["pass_bp"] = [_("Between 0 and 100 %.")]
    if not 0 <= terms.minutes <= MOST_MINUTES:
        wrong["minutes"] = [_("At most 600 minutes; 0: no limit.")]
    if not 0 <= terms.attempts <= MOST_ATTEMPTS:
        wrong["attempts"] = [_("At most 20 attempts; 0: no limit.")]
    if wrong:
        raise InvalidValue(fields=wrong)


def publish_form(version: FormVersion, *, by: Actor) -> FormVersion:
    """Let it be filled in from now on, in place of the version before it; it never changes again.
    Raises FormFlawed with everything that is wrong with it."""
    by.require("forms.publish_form")
    with transaction.atomic():
        version = FormVersion.objects.locked().select_related("form").get(pk=version.pk)
        found = flaws(version.asks)
        if found:
            raise FormFlawed(_said(found))
        advance(version, "publish")
        _retire_older(version, by)
        version.published_at, version.published_by = now(), by.user
        version.save(update_fields=["status", "published_at", "published_by"])
        publish(FormPublished(version.pk, version.form.use, version.number), by=by)
    return version


def _said(found: list[Flaw]) -> str:
    return " ".join(
        f"{flaw.where}: {FLAWS[flaw.reason]}" if flaw.where else str(FLAWS[flaw.reason])
        for flaw in found
    )


def _retire_older(version: FormVersion, by: Actor) -> None:
    for older in FormVersion.objects.locked().published().filter(form=version.form_id):
        _retire(older, by)


def retire_form(version: FormVersion, *, by: Actor) -> FormVersion:
    """Let nobody fill it in any more; what is being filled in may be handed in."""
    by.require("forms.retire_form")
    with transaction.atomic():
        version = FormVersion.objects.locked().get(pk=version.pk)
        _retire(version, by)
    return version


def _retire(version: FormVersion, by: Actor) -> None:
    advance(version, "retire")
    version.retired_at = now()
    version.save(update_fields=["status", "retired_at"])
    publish(FormRetired(version.pk), by=by)


def establish_form(use: FormUse, *, by: Actor) -> FormVersion:
    """The form that the house begins with for a use, published; once, whoever asks first. What
    staff made of it since stays as it is."""
    by.require("forms.establish_form")
    with transaction.atomic():
        form, is_new = Form.objects.get_or_create(use=use.code, name="")
        if not is_new:
            return form.versions.latest("number")
        return publish_form(_write_draft(form, Draft(use.first, use.terms), by), by=BY_THE_HOUSE)
