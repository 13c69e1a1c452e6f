"""Refusals of work."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


class NotYourWork(DomainError):
    """The item belongs to another post, and the actor does not supervise it."""

    code = "not-your-work"
    title = _("This is the work of another post.")
    status = 403


class InAnothersHands(DomainError):
    """Somebody else has it: hand it over first, or ask them."""

    code = "in-anothers-hands"
    title = _("Somebody else has taken this.")


class PostVacant(DomainError):
    """Nobody holds the post it should go to; the text says who could take it."""

    code = "post-vacant"
    title = _("Nobody holds this post at present.")
    status = 400


class PersonAway(DomainError):
    """The person has left or holds no post; the text says who could take it."""

    code = "person-away"
    title = _("This person does not work here any more.")
    status = 400


class MayNotPause(DomainError):
    """The promise of this kind of work waits for nobody."""

    code = "may-not-pause"
    title = _("The time of this kind of work cannot be paused.")


class StepHeld(DomainError):
    """An open case holds this step: it is released when the case is closed."""

    code = "step-held"
    title = _("An open case holds this step.")
