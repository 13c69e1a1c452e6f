"""The map of what fails and what people then see, from shop/doors/resilience."""

from collections.abc import Iterator

from shop.doors.resilience import TABLE, Cannot, Dependency, Fault, Outcome, cells

LEGEND = """\
Each number is a row of the list below; – cannot arise, with the reason there. The table is
`shop/doors/resilience`; every numbered cell is staged by the test its row names.
"""


def resilience() -> str:
    """Dependency × fault, then what each row means."""
    numbers = {id(entry): number for number, entry in enumerate(_outcomes(), 1)}
    lines = ["# What people see when something fails", "", LEGEND]
    lines += ["| | " + " | ".join(fault.value for fault in Fault) + " |"]
    lines += ["| --- |" + " --- |" * len(Fault)]
    found = cells()
    for dependency in Dependency:
        row = (found[dependency, fault] for fault in Fault)
        marks = " | ".join(str(numbers.get(id(entry), "–")) for entry in row)
        lines.append(f"| **{dependency.value}** | {marks} |")
    lines += ["", *_meanings(numbers), "", *_reasons()]
    return "\n".join([*lines, ""])


def _outcomes() -> list[Outcome]:
    return [entry for entry in TABLE if isinstance(entry, Outcome)]


def _meanings(numbers: dict[int, int]) -> Iterator[str]:
    yield "| row | of | the caller hears | staff see | afterwards, by itself | shown by |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for entry in _outcomes():
        yield (
            f"| {numbers[id(entry)]} | {entry.dependency.value} | {_heard(entry)} | {entry.staff}"
            f" | {entry.afterwards} | `{entry.shown_by}` |"
        )


def _heard(entry: Outcome) -> str:
    answer = entry.customer
    if answer.status < 300:
        return "nothing of it"
    code = f" `{answer.code}`" if answer.code else ""
    return f"{answer.status}{code}: {answer.sentence}"


def _reasons() -> Iterator[str]:
    yield "What cannot arise:"
    yield ""
    for entry in TABLE:
        if isinstance(entry, Cannot):
            faults = ", ".join(f"‘{fault.value}’" for fault in entry.faults)
            yield f"- **{entry.dependency.value}** never {faults}: {entry.because}."
