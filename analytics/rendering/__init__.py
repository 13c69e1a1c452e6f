"""A report as bytes: picture, workbook, HTML and plain text, and the mail they travel in."""

from analytics.rendering.letters import Press
from analytics.rendering.mails import XLSX, file_name, mail_of, read_token, shown_alone
from analytics.rendering.wording import title_of

__all__ = ["XLSX", "Press", "file_name", "mail_of", "read_token", "shown_alone", "title_of"]
