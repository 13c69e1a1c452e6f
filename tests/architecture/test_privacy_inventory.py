"""Every column that could tell of a person is in the inventory, or is declared not to."""

import pytest
from django.apps import apps
from django.db import models

from shop.identity.fields import EncryptedTextField
from shop.identity.privacy import IMPERSONAL, PERSONAL, Class

TALKATIVE = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.GenericIPAddressField,
)


def columns():
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, TALKATIVE) and not field.choices:
                yield f"{model._meta.app_label}.{model.__name__}.{field.name}", field


def test_every_talkative_column_is_declared():
    undeclared = [name for name, _ in columns() if name not in PERSONAL.keys() | IMPERSONAL]
    assert not undeclared, f"say in shop/identity/privacy.py what these are: {undeclared}"


def test_nothing_is_declared_that_does_not_exist():
    existing = {name for name, _ in columns()}
    assert not (PERSONAL.keys() | IMPERSONAL) - existing
    assert not PERSONAL.keys() & IMPERSONAL


@pytest.mark.parametrize("name", [name for name, _ in columns() if name in PERSONAL])
def test_what_reaches_a_customer_is_encrypted(name):
    app, model, column = name.split(".")
    field = apps.get_model(app, model)._meta.get_field(column)
    of_customers = app in {"identity", "orders"} and model != "User"
    reaches = PERSONAL[name].kind in {Class.CONTACT, Class.IDENTIFIER}
    if of_customers and reaches and not column.endswith("_index"):
        assert isinstance(field, EncryptedTextField)
