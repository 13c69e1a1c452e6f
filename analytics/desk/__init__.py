"""The pages of reports: what I get, who gets it and when, what became of every mail."""

from analytics.desk import buttons, timeline
from shop.doors.desk.home import LANDINGS

__all__ = ["buttons", "timeline"]

LANDINGS["reports"] = ("analytics.view_report", "reports:home")
