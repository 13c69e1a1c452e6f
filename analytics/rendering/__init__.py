"""A report as bytes: picture, workbook, HTML and plain text, and the mail they travel in."""

from analytics.rendering.letters import Press
from analytics.rendering.mails import XLSX, mail_of, read_token, shown_alone

__all__ = ["XLSX", "Press", "mail_of", "read_token", "shown_alone"]
