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


class FourEyesRefusal(DomainError):
    """Four eyes: the step is refused, and the attempt is on record."""

    code = "four-eyes-refusal"
    title = _("This cannot be approved or carried out.")


class OwnApproval(FourEyesRefusal):
    """Nobody decides what they asked for themselves, nor does their deputy in their name."""

    code = "own-approval"
    title = _("You asked for this yourself: somebody else must decide.")
    status = 403


class NotYourDecision(FourEyesRefusal):
    """No post of the person carries the right, and nobody who has it named them as deputy."""

    code = "not-your-decision"
    title = _("Your post does not decide this.")
    status = 403


class DutiesConflict(FourEyesRefusal):
    """The person has done something about the subject that excludes deciding about it."""

    code = "duties-conflict"
    title = _("You have already had a hand in this: somebody else must decide.")
    status = 403


class ApprovalMissing(FourEyesRefusal):
    """Nobody has approved exactly this."""

    code = "approval-missing"
    title = _("This needs an approval first.")


class ApprovalExpired(FourEyesRefusal):
    """Its time is over; it can be asked for again."""

    code = "approval-expired"
    title = _("The approval has expired: ask for it again.")


class ApprovalAltered(FourEyesRefusal):
    """What would happen is not what was approved, or its subject has changed since."""

    code = "approval-altered"
    title = _("This is not what was approved, or it has changed since: ask again.")


class ApproverLostRight(FourEyesRefusal):
    """Who approved has left or no longer holds the post."""

    code = "approver-lost-right"
    title = _("Who approved this may no longer decide it: ask for it again.")


class AskedAlready(DomainError):
    """Somebody else has asked for exactly this, and it is not decided or carried out yet."""

    code = "asked-already"
    title = _("Somebody else has asked for exactly this already.")


class DeputyNamedAlready(DomainError):
    """There is a deputy in that span: end that one first."""

    code = "deputy-named-already"
    title = _("You have a deputy in that time already: end that first.")


class JobTakenOver(DomainError):
    """Another attempt does this now, or it was stopped: this one changes nothing any more."""

    code = "job-taken-over"
    title = _("This was stopped, or is done elsewhere.")
