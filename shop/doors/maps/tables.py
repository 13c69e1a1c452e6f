"""Maps of what the code declares: states, events, permissions, personal data."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from shop.events.outbox import EVENTS, REACTIONS, Event
from shop.identity.privacy import PERSONAL
from shop.identity.roles import CUSTOMER, ROLES
from shop.notices.kinds import KINDS, NoticeKind


def states() -> str:
    """Every life: a Mermaid diagram per model that has TRANSITIONS."""
    lines = ["# Lives", ""]
    for model in with_transitions():
        lines += [f"## {model._meta.label}", "", "```mermaid", "stateDiagram-v2"]
        lines += [f"    {start} --> {end}: {verb}" for start, verb, end in steps(model)]
        lines += ["```", ""]
    return "\n".join(lines)


def with_transitions() -> Iterator[type[models.Model]]:
    found = (model for model in apps.get_models() if hasattr(model, "TRANSITIONS"))
    yield from sorted(found, key=lambda model: model._meta.label)


def steps(model: Any) -> Iterator[tuple[str, str, str]]:
    for verb, (sources, target) in model.TRANSITIONS.items():
        for source in sorted(sources):
            yield str(source), verb, str(target)


def events() -> str:
    """Every fact, what it means, and what happens because of it."""
    lines = ["# Events and what they set in motion", ""]
    lines += ["| event | means | reactions |", "| --- | --- | --- |"]
    for kind, event in sorted(EVENTS.items()):
        owed = [
            f"`{name}` ({reaction.lane})"
            for name, reaction in sorted(REACTIONS.items())
            if kind in reaction.kinds
        ]
        lines.append(f"| `{kind}` | {first_line(event)} | {', '.join(owed) or '–'} |")
    return "\n".join([*lines, ""])


def first_line(event: type[Event]) -> str:
    return (event.__doc__ or "").strip().splitlines()[0]


def permissions() -> str:
    """Role × permission, as `roles.py` says."""
    roles = [*ROLES, CUSTOMER]
    every = sorted({permission for role in roles for permission in role.permissions})
    lines = ["# Who may do what", "", "| role | article | desk |", "| --- | --- | --- |"]
    lines += [f"| {role.code} | {role.article} | {role.desk} |" for role in roles]
    lines += ["", "| permission | roles |", "| --- | --- |"]
    for permission in every:
        holders = ", ".join(role.code for role in roles if permission in role.permissions)
        lines.append(f"| `{permission}` | {holders} |")
    return "\n".join([*lines, ""])


def privacy() -> str:
    """The inventory of personal data."""
    lines = ["# Personal data", ""]
    lines += [
        "| column | class | purpose | kept | shown as | in a copy | on erasure |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for column, entry in sorted(PERSONAL.items()):
        copied = "yes" if entry.exported else "no"
        lines.append(
            f"| `{column}` | {entry.kind} | {entry.purpose} | {entry.retention}"
            f" | {entry.mask} | {copied} | {entry.erase} |"
        )
    return "\n".join([*lines, ""])


def notices() -> str:
    """What there is to tell, to whom, how, and what each WeChat template must show."""
    lines = ["# Notices", ""]
    lines.append("| kind | article | for | channels | urgent | consent | subject | body |")
    lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    lines += [_told(kind) for kind in KINDS.values()]
    lines += ["", "## WeChat subscribe-message templates", ""]
    lines += ["| name in WECHAT_TEMPLATES | keyword | shows | page |", "| --- | --- | --- | --- |"]
    for kind in KINDS.values():
        if kind.template is not None:
            for keyword, figure in kind.template.values.items():
                name, page = kind.template.name, kind.template.page
                lines.append(f"| {name} | `{keyword}` | {figure} | `{page}` |")
    return "\n".join([*lines, ""])


def _told(kind: NoticeKind) -> str:
    urgent = "passes quiet hours" if kind.is_urgent else "–"
    consent = kind.purpose.code if kind.purpose else "–"
    channels = ", ".join(channel.value for channel in kind.channels)
    return (
        f"| `{kind.code}` | {kind.article} | {kind.audience} | {channels} | {urgent} | {consent}"
        f" | {kind.subject} | {kind.body} |"
    )
