"""What forms are for, declared in code by whoever needs one: `AUDIT = form_use(FormUse(…))`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shop.errors import Text
from shop.forms.rules import Content
from shop.identity.actors import Actor


@dataclass(frozen=True)
class Terms:
    """How a form is filled in: `pass_bp` of the whole to pass; 0 `minutes` or `attempts`: no
    limit; `four_eyes`: its marker is never who filled it in."""

    pass_bp: int = 6_000
    minutes: int = 0
    attempts: int = 0
    four_eyes: bool = True


@dataclass(frozen=True)
class FormUse:
    """What a form is for.

    `subjects` names the models behind the streams that its sheets are about (`product` →
    `catalog.Product`), `may_fill` says whether somebody fills one in about one of them now.
    `first` is the form that the house begins with; staff publish the next versions. An `asked`
    form is a questionnaire: it passes nobody.
    """

    code: str
    label: Text
    article: str
    subjects: Mapping[str, str]
    may_fill: Callable[[Actor, str], bool]
    first: Content = field(default_factory=Content)
    terms: Terms = field(default_factory=Terms)
    asked: bool = False


USES: dict[str, FormUse] = {}


def form_use(use: FormUse) -> FormUse:
    """Register what forms are for. Two of one code are a mistake."""
    if use.code in USES:
        raise ValueError(f"a use of forms is called {use.code} already")
    USES[use.code] = use
    return use
