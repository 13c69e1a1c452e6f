"""Staff pages of the books: journals, the trial balance, and each party's statement."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import CharField, Form, Textarea
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from shop.books.accounts import ACCOUNTS
from shop.books.actions import reverse_journal
from shop.books.kinds import KINDS
from shop.books.models import Journal, PartyBalance
from shop.books.money import yuan
from shop.books.selectors import on_its_side, statement, trial_balance
from shop.clock import today
from shop.doors.desk.buttons import button
from shop.doors.desk.facts import linked
from shop.doors.desk.months import by_month
from shop.doors.desk.readonly import ReadOnlyAdmin
from shop.identity.models import Party

LINES_OF_A_STATEMENT = 200


class WhyForm(Form):
    """Why a journal is taken back."""

    why = CharField(label=_("reason"), max_length=200, widget=Textarea(attrs={"rows": 2}))


button(
    reverse_journal,
    _("Take back"),
    _("Taken back: its opposite is in the books now."),
    form=WhyForm,
    confirm=_("The journal stays, and its opposite is booked today. Take it back?"),
    when=lambda journal: not journal.reverses_id and not hasattr(journal, "reversed_by"),
)


class FactFilter(admin.SimpleListFilter):
    title, parameter_name = _("business fact"), "fact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(KINDS.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Journal)
class JournalAdmin(ReadOnlyAdmin):
    """Business facts as they were booked, the newest first."""

    list_display = ("number", "fact", "subject", "amount", "booked_on", "posted_at")
    list_filter = (FactFilter, by_month("booked_on"))
    search_fields = ("subject",)
    search_help_text = _("Subject, for example payment:123")
    paginator = InfinitePaginator
    record_template = "desk/journal.html"
    leave_out = frozenset({"line_count", "kind"})
    list_before_template = "desk/journals_head.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("reversed_by", "reverses")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return (queryset.filter(subject=search_term) if search_term else queryset), False

    @admin.display(description=_("journal"), ordering="pk")
    def number(self, journal: Journal) -> str:
        return str(journal)

    @admin.display(description=_("business fact"))
    def fact(self, journal: Journal) -> Any:
        return f"{journal.label} · {_('reversal')}" if journal.reverses_id else journal.label

    @admin.display(description=_("amount"), ordering="turnover_fen")
    def amount(self, journal: Journal) -> str:
        return yuan(journal.turnover_fen)

    def about(self, request: HttpRequest, journal: Journal) -> dict[str, Any]:
        lines = journal.lines.select_related("party__customer", "party__user")
        return {"lines": [(line, line.party and party_name(line.party)) for line in lines]}

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.trial_balance)
        return [path("trial-balance/", page, name="books_trial_balance"), *super().get_urls()]

    def trial_balance(self, request: HttpRequest) -> HttpResponse:
        """Every account up to and on a business day; ?until=2026-03-31, today if not said."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        until = day_of(request.GET.get("until"))
        totals = trial_balance(until)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Trial balance"),
            "opts": self.opts,
            "until": until,
            "totals": totals,
            "debits_fen": sum(total.debits_fen for total in totals),
            "credits_fen": sum(total.credits_fen for total in totals),
        }
        return TemplateResponse(request, "desk/trial_balance.html", context)


@admin.register(PartyBalance)
class PartyBalanceAdmin(ReadOnlyAdmin):
    """What stands between us and each party, with the statement behind it."""

    list_display = ("who", "account_code", "name", "balance")
    list_display_links = ("who",)
    list_filter = (("account", admin.AllValuesFieldListFilter),)
    record_template = "desk/statement.html"
    leave_out = frozenset({"balance_fen", "account", "party"})

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("party__customer", "party__user")

    @admin.display(description=_("counterparty"))
    def who(self, balance: PartyBalance) -> Any:
        return str(party_name(balance.party))

    @admin.display(description=_("account"), ordering="account")
    def account_code(self, balance: PartyBalance) -> str:
        return balance.account

    @admin.display(description=_("name of the account"))
    def name(self, balance: PartyBalance) -> Any:
        return balance.account_name

    @admin.display(description=_("balance"), ordering="balance_fen")
    def balance(self, balance: PartyBalance) -> str:
        return yuan(on_its_side(balance.account, balance.balance_fen))

    def about(self, request: HttpRequest, balance: PartyBalance) -> dict[str, Any]:
        lines = statement(balance, LINES_OF_A_STATEMENT + 1)
        return {
            "who": linked(party_name(balance.party)),
            "account": ACCOUNTS[balance.account],
            "balance_fen": on_its_side(balance.account, balance.balance_fen),
            "lines": lines[:LINES_OF_A_STATEMENT],
            "is_cut": len(lines) > LINES_OF_A_STATEMENT,
        }


def party_name(party: Party) -> Model:
    """The customer or member of staff that the party is; the party itself otherwise."""
    return getattr(party, "customer", None) or getattr(party, "user", None) or party


def day_of(text: str | None) -> date:
    """A business day asked for in an address; today when it says nothing that is a day."""
    try:
        return parse_date(text or "") or today()
    except ValueError:
        return today()
