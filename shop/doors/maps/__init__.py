"""The maps in docs/maps: drawn from the code, checked against it, never written by hand."""

from collections.abc import Callable

from shop.doors.maps import api, marks, resilience, tables

MAPS: dict[str, Callable[[], str]] = {
    "states.md": tables.states,
    "events.md": tables.events,
    "permissions.md": tables.permissions,
    "privacy.md": tables.privacy,
    "notices.md": tables.notices,
    "faults.md": marks.faults,
    "resilience.md": resilience.resilience,
    "articles.md": marks.articles,
    "api.yaml": api.openapi,
}
