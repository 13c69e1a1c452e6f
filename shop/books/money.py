"""Fen: integers of a hundredth of a yuan, WeChat Pay's own unit. No float comes near them."""

from collections.abc import Sequence

LARGEST_FEN = 10**12


def yuan(fen: int) -> str:
    """¥1,234.50 — as people read it."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def share(fen: int, basis_points: int) -> int:
    """`basis_points` ten-thousandths of `fen`, half up. The amount must not be negative."""
    if fen < 0 or basis_points < 0:
        raise ValueError("a share is taken of what is not negative")
    return (fen * basis_points + 5_000) // 10_000


def split(fen: int, weights: Sequence[int]) -> list[int]:
    """`fen` in parts proportional to the weights that add up exactly: largest remainder.

    Ties go to the earlier part. Without any weight everything goes to the first.
    """
    if fen < 0 or not weights or min(weights) < 0:
        raise ValueError("a split wants an amount and weights that are not negative")
    total = sum(weights)
    if total == 0:
        return [fen] + [0] * (len(weights) - 1)
    parts = [fen * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(fen * weights[i] % total), i))
    for i in order[: fen - sum(parts)]:
        parts[i] += 1
    return parts
