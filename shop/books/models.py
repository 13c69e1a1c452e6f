"""The ledger: journals of two or more lines that add up to nothing, and never change.

The database itself holds that: at commit every journal must balance and have the lines and the
turnover it was opened with, no line may be changed or taken out, and a party's balance moves
with its lines. Whoever writes by hand is held to it as well.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.books.accounts import ACCOUNTS
from shop.books.fields import FenField
from shop.books.kinds import KINDS
from shop.books.money import LARGEST_FEN
from shop.errors import Text
from shop.identity.models import Party

if TYPE_CHECKING:
    from shop.identity.actors import Actor

NEVER_CHANGES = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)

BALANCES = """
SELECT id, line_count, turnover_fen INTO opened FROM books_journal WHERE id = {journal};
SELECT count(*) AS lines, COALESCE(sum(amount_fen), 0) AS total,
       COALESCE(sum(amount_fen) FILTER (WHERE amount_fen > 0), 0) AS debits
INTO posted FROM books_journalline WHERE journal_id = opened.id;
IF posted.total <> 0 OR posted.lines <> opened.line_count
   OR posted.debits <> opened.turnover_fen THEN
    RAISE EXCEPTION 'journal % does not balance', opened.id USING ERRCODE = '23514';
END IF;
RETURN NULL;
"""

MOVE_BALANCE = """
INSERT INTO books_partybalance (party_id, account, balance_fen)
VALUES (NEW.party_id, NEW.account, NEW.amount_fen)
ON CONFLICT (party_id, account)
DO UPDATE SET balance_fen = books_partybalance.balance_fen + EXCLUDED.balance_fen;
RETURN NULL;
"""


def at_commit(name: str, journal: str) -> pgtrigger.Trigger:
    """A trigger that looks, when the transaction commits, whether the row's journal balances."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        declare=[("opened", "RECORD"), ("posted", "RECORD")],
        func=BALANCES.format(journal=journal),
    )


class JournalQuerySet(models.QuerySet["Journal"]):
    def visible_to(self, actor: Actor) -> JournalQuerySet:
        return self if actor.may("books.view_journal") else self.none()

    def about(self, kind: str, subject: str) -> JournalQuerySet:
        return self.filter(kind=kind, subject=subject)


class Journal(models.Model):
    """One business fact in the books: `kind` says which, `subject` (`payment:7`) of what.

    A fact is posted once. A mistake stays, and a reversal stands beside it.
    """

    kind = models.CharField(_("business fact"), max_length=60)
    subject = models.CharField(_("subject"), max_length=80)
    booked_on = models.DateField(_("booked on"), help_text="the business day in Shanghai")
    posted_at = models.DateTimeField(_("posted at"))
    line_count = models.PositiveSmallIntegerField(_("lines"))
    turnover_fen = FenField(_("amount (fen)"), help_text="the sum of its debits")
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        ordering = ["-pk"]
        permissions = [("reverse_journal", "Can take a journal back by posting its opposite")]
        indexes = [models.Index(fields=["booked_on"], name="journal_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(reverses__isnull=True),
                name="fact_posted_once",
            ),
            models.CheckConstraint(
                name="journal_has_two_lines", condition=Q(line_count__gte=2, turnover_fen__gt=0)
            ),
        ]
        triggers = [NEVER_CHANGES, at_commit("journal_balances", "NEW.id")]

    def __str__(self) -> str:
        return f"J{self.pk}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"journal:{self.pk}"

    @property
    def label(self) -> Text:
        """The kind of fact in words."""
        return KINDS.get(self.kind, self.kind)


class JournalLineQuerySet(models.QuerySet["JournalLine"]):
    def booked_until(self, day: date) -> JournalLineQuerySet:
        return self.filter(journal__booked_on__lte=day)


class JournalLine(models.Model):
    """Fen on one account: debits positive, credits negative."""

    journal = models.ForeignKey(
        Journal, models.PROTECT, related_name="lines", verbose_name=_("journal")
    )
    account = models.CharField(_("account"), max_length=12)
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, related_name="+", verbose_name=_("counterparty")
    )
    amount_fen = FenField(_("amount (fen)"), help_text="debits positive, credits negative")

    objects = JournalLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a journal")
        verbose_name_plural = _("lines of a journal")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["party", "account", "id"],
                name="line_of_party",
                condition=Q(party__isnull=False),
            ),
            models.Index(fields=["account"], name="line_of_account", include=["amount_fen"]),
        ]
        constraints = [
            models.CheckConstraint(name="line_moves_something", condition=~Q(amount_fen=0)),
            models.CheckConstraint(
                name="line_is_within_reason",
                condition=Q(amount_fen__gte=-LARGEST_FEN, amount_fen__lte=LARGEST_FEN),
            ),
            models.CheckConstraint(
                name="line_of_known_account", condition=Q(account__in=sorted(ACCOUNTS))
            ),
            models.CheckConstraint(
                name="line_names_its_party",
                condition=Q(
                    account__in=sorted(a.code for a in ACCOUNTS.values() if a.per_party),
                    party__isnull=False,
                )
                | Q(
                    account__in=sorted(a.code for a in ACCOUNTS.values() if not a.per_party),
                    party__isnull=True,
                ),
            ),
        ]
        triggers = [
            NEVER_CHANGES,
            at_commit("line_balances", "NEW.journal_id"),
            pgtrigger.Trigger(
                name="move_balance",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__party__isnull=False),
                func=MOVE_BALANCE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_fen}"

    @property
    def account_name(self) -> Text:
        return ACCOUNTS[self.account].name

    @property
    def debit_fen(self) -> int:
        return int(max(self.amount_fen, 0))

    @property
    def credit_fen(self) -> int:
        return int(max(-self.amount_fen, 0))


class PartyBalanceQuerySet(models.QuerySet["PartyBalance"]):
    def visible_to(self, actor: Actor) -> PartyBalanceQuerySet:
        return self if actor.may("books.view_partybalance") else self.none()


class PartyBalance(models.Model):
    """What stands between us and one party on one account: the sum of its lines, kept by trigger.

    Only parties have one; a row for the whole house would make every posting wait for it.
    """

    party = models.ForeignKey(
        Party, models.PROTECT, related_name="balances", verbose_name=_("counterparty")
    )
    account = models.CharField(_("account"), max_length=12)
    balance_fen = FenField(_("balance (fen)"), help_text="debits positive, credits negative")

    objects = PartyBalanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("balance of a party")
        verbose_name_plural = _("balances of parties")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["party", "account"], name="one_balance_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.account}"

    @property
    def account_name(self) -> Text:
        return ACCOUNTS[self.account].name

    @property
    def is_debit(self) -> bool:
        """Whether the account grows by debits."""
        return ACCOUNTS[self.account].is_debit
