"""The column of an amount."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from shop.books.money import LARGEST_FEN


class FenField(models.BigIntegerField):  # type: ignore[type-arg]
    """Integer fen between -10¹² and 10¹², in fields named `…_fen`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validators = [MinValueValidator(-LARGEST_FEN), MaxValueValidator(LARGEST_FEN)]
