"""What a scanner's label says, and what is its echo."""

from datetime import timedelta

import pytest

from orders.rules import ECHO, Scanned, is_echo, names, read_scan


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("HW6001-1/20260311A", Scanned("HW6001-1", "20260311A", 1)),
        (" hw6001-1 20260311a ", Scanned("HW6001-1", "20260311A", 1)),
        ("HW6001-1|L/7", Scanned("HW6001-1", "L/7", 1)),
        ("3*HW6001-1/A", Scanned("HW6001-1", "A", 3)),
        ("12 × A", Scanned("A", "", 12)),
        ("20X01", Scanned("20X01", "", 1)),
        ("6901234567892", Scanned("6901234567892", "", 1)),
        ("", None),
        ("0*A", None),
        ("a b c", None),
    ],
)
def test_a_label_is_read(text, read):
    assert read_scan(text) == read


def test_a_label_names_its_lot_or_leaves_it_open():
    whole, half = Scanned("S-1", "L1", 1), Scanned("L1", "", 1)
    assert names(whole, "s-1", "l1") and not names(whole, "S-1", "L2")
    assert names(half, "S-1", "L1") and names(Scanned("S-1", "", 1), "S-1", "L1")
    assert not names(half, "S-1", "L2")


def test_the_same_code_within_a_blink_is_an_echo():
    assert is_echo(True, ECHO - timedelta(milliseconds=1))
    assert not is_echo(True, ECHO)
    assert not is_echo(False, timedelta(0))
    assert not is_echo(True, None)
