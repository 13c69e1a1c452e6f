"""What begins in the catalogue by a form: brands and shelves."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.actions import add_brand, add_category
from catalog.models import Brand, Category
from shop.doors.desk.beginnings import beginning


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


beginning(add_brand, Brand, _("New brand"), _("Added."), BrandForm)
beginning(add_category, Category, _("New category"), _("Added."), CategoryForm)
