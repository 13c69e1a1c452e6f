"""The chart of accounts: the ones of 企业会计准则 that this house posts to, by their numbers.

Like the roles it is one table in code. An account is never renumbered: journals name it for ever.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Account:
    """Where amounts are posted. `per_party`: every line names whose it is, and the balance of
    each party is kept. `is_debit`: it grows by debits, and its balance is shown that way."""

    code: str
    name: str | Promise
    is_debit: bool
    per_party: bool = False


WECHAT_PAY = Account("1012.01", _("WeChat Pay balance"), is_debit=True)
PREPAID = Account("2204", _("paid ahead of delivery"), is_debit=False, per_party=True)
OUTPUT_VAT = Account("2221.01", _("output VAT"), is_debit=False)
OWED_BACK = Account("2241.01", _("owed back to customers"), is_debit=False, per_party=True)
UNEXPLAINED = Account("2241.02", _("receipts nobody has explained"), is_debit=False)
SALES = Account("6001", _("sales"), is_debit=False)

ACCOUNTS = {
    account.code: account
    for account in (WECHAT_PAY, PREPAID, OUTPUT_VAT, OWED_BACK, UNEXPLAINED, SALES)
}
