"""Refusals of records."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError

TEXT_ADDRESS = "/api/v1/policies/{code}/"


class NoSuchPolicy(DomainError):
    """No policy of that code, or none of that version, is published."""

    code = "no-such-policy"
    title = _("There is no such policy in force.")
    status = 404


class OwnDraft(DomainError):
    """Whoever drafted a version does not publish it: a second person reads it first."""

    code = "own-draft"
    title = _("Somebody other than its author publishes a policy.")
    status = 403


class NotYours(DomainError):
    """The policy is not for this person's post, or not in force: there is nothing to confirm."""

    code = "not-yours"
    title = _("This version is not for you to confirm.")


class PolicyOutdated(DomainError):
    """A version in force was not agreed to: `fields` names each text's address."""

    code = "policy-outdated"
    title = _("Read and accept the present terms first.")

    def __init__(self, codes: Iterable[str]) -> None:
        super().__init__(fields={code: [TEXT_ADDRESS.format(code=code)] for code in codes})


class OwnChannel(DomainError):
    """The shop's own channel is never closed."""

    code = "own-channel"
    title = _("The mini-program is the shop itself: it is not closed here.")


class ChannelClosed(DomainError):
    """Nobody orders through this channel, or it does not exist."""

    code = "channel-closed"
    title = _("This channel takes no orders.")


class FileRefused(DomainError):
    """Not a kind, size or state of file that its purpose takes."""

    code = "file-refused"
    title = _("This file cannot be taken.")
    status = 400


class FileQuotaFull(DomainError):
    """One owner's files of one purpose together are too large."""

    code = "file-quota-full"
    title = _("There is no room for more files: old ones go after their time.")


class FileGone(DomainError):
    """Its time was over, or its owner was erased: the content is not there any more."""

    code = "file-gone"
    title = _("This file was removed when its time was over.")
    status = 410


class FileDamaged(DomainError):
    """The storage holds something else than what was kept, or nothing."""

    code = "file-damaged"
    title = _("This file is damaged: the technical post must look.")
    status = 500


class FileStoreAway(DomainError):
    """The disk or the bucket takes or gives nothing now; nothing was kept, nothing is lost."""

    code = "file-store-away"
    title = _("Files cannot be kept or read just now: please try again soon.")
    status = 503
