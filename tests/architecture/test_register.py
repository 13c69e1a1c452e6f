"""docs/regulations.md is whole, and claims nothing that no test shows."""

from shop.doors.maps.marks import marked, register

CHAPTERS = {"ST": 16, "CA": 10, "OR": 7, "SU": 10, "MA": 12, "AG": 9, "AN": 10}
STATES = {"planned", "begun", "kept"}


def test_every_row_is_there_once():
    rows = [entry["row"] for entry in register()]
    assert rows == [f"{c}{n}" for c, last in CHAPTERS.items() for n in range(1, last + 1)]


def test_what_is_kept_is_shown_and_controlled():
    shown, controls = marked("article"), marked("control")
    for entry in register():
        assert entry["state"] in STATES
        if entry["state"] == "kept":
            assert entry["row"] in shown, f"{entry['row']} has no scenario"
            assert entry["row"] in controls, f"{entry['row']} has no control"


def test_no_test_shows_a_row_that_does_not_exist_or_is_only_planned():
    states = {entry["row"]: entry["state"] for entry in register()}
    for row in marked("article"):
        assert states[row] != "planned", f"{row} has a scenario: it is at least begun"
