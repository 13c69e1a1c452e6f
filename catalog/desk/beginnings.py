"""What begins in the catalogue by a form: brands and shelves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.actions import (
    Evidence,
    ProductCard,
    add_brand,
    add_category,
    draft_product,
    propose_disposal,
)
from catalog.actions.disposals import EVIDENCE
from catalog.models import Brand, Category, Disposal, Lot, Product, Sku
from catalog.selectors import unfit_lots
from shop.doors.desk.beginnings import beginning, untaken

LONGEST_NAME: int = Sku._meta.get_field("name").max_length  # type: ignore[assignment]


class BrandForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40)


class CategoryForm(forms.Form):
    """A shelf, on the floor or under another."""

    name = forms.CharField(label=_("Name"), max_length=40)
    slug = forms.SlugField(
        label=_("Short name"), help_text=_("Latin letters for the mini-program's address.")
    )
    above = forms.ModelChoiceField(
        label=_("Under"),
        queryset=Category.objects.all(),
        required=False,
        empty_label=_("on the floor"),
    )


class ProductForm(forms.Form):
    """What identifies a product, and its title; the rest of its words are written in the draft."""

    code = forms.CharField(
        label=_("Product code"), max_length=20, validators=[untaken(Product, "code")]
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Product.Kind.choices)
    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.all())
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all())
    title = forms.CharField(label=_("Title"), max_length=60)
    specifications = forms.CharField(
        label=_("Specifications"),
        widget=forms.Textarea({"rows": 3, "placeholder": "60粒/瓶\n120粒/瓶"}),
        help_text=_("One a line, each is a SKU of its own."),
    )
    vat_bp = forms.TypedChoiceField(
        label=_("VAT rate"),
        coerce=int,
        choices=[(rate, f"{rate // 100}%") for rate in rules.VAT_RATES_BP],
    )

    def clean_specifications(self) -> list[str]:
        names = [line.strip() for line in self.cleaned_data["specifications"].splitlines()]
        names = [name for name in names if name]
        if not names or len(names) != len(set(names)) or max(map(len, names)) > LONGEST_NAME:
            raise forms.ValidationError(_("Each once, and at most 60 letters."))
        return names

    def clean(self) -> dict[str, Any]:
        """What `draft_product` is called with."""
        said = super().clean() or {}
        if self.errors:
            return said
        card = ProductCard(
            said["code"], said["kind"], said["brand"], said["category"], said["specifications"],
            said["vat_bp"],
        )  # fmt: skip
        return {"card": card, "text": {"title": said["title"]}}


class LotChoice(forms.ModelChoiceField):
    def label_from_instance(self, lot: Any) -> str:
        return f"{lot.sku.code} · {lot} · {lot.aside}"


class DisposalForm(forms.Form):
    """Which unfit goods were destroyed, how, and what shows it."""

    lot = LotChoice(
        label=_("Lot"),
        queryset=Lot.objects.none(),
        help_text=_("Lots that must not be sold, with the units set aside."),
    )
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1)
    way = forms.ChoiceField(label=_("How"), choices=Disposal.Way.choices)
    evidence = forms.FileField(
        label=_("Evidence"),
        help_text=_("A picture or a PDF, at most 20 MB."),
        widget=forms.ClearableFileInput({"accept": ".pdf,.jpg,.jpeg,.png,.webp"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lot"].queryset = unfit_lots()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What `propose_disposal` is called with; read no further than what may be kept."""
        said = super().clean() or {}
        if self.errors:
            return said
        given = said["evidence"]
        return {**said, "evidence": Evidence(given.name or "", given.read(EVIDENCE.largest + 1))}


beginning(
    propose_disposal,
    Disposal,
    _("New disposal"),
    _("Proposed: somebody else must witness it."),
    DisposalForm,
)
beginning(
    draft_product, Product, _("New product"), _("Begun: write its first revision."), ProductForm
)
beginning(add_brand, Brand, _("New brand"), _("Added."), BrandForm)
beginning(add_category, Category, _("New category"), _("Added."), CategoryForm)
