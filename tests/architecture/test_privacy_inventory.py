"""Every column that could tell of a person is in the inventory, or is declared not to."""

import pytest
from django.apps import apps
from django.db import models

from shop.identity.fields import EncryptedTextField
from shop.identity.models import Customer, Party, User
from shop.identity.privacy import IMPERSONAL, NOT_OF_CUSTOMERS, OWNED, PERSONAL, Class, Match

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


def tables_of_customers():
    """Every table with a personal column, or with a link to a customer or a party."""
    yield from (name.rpartition(".")[0] for name in PERSONAL)
    for model in apps.get_models():
        linked = {field.related_model for field in model._meta.local_concrete_fields}
        if linked & {Customer, Party}:
            yield model._meta.label


@pytest.mark.fault("I4")
def test_every_table_that_could_hold_something_of_a_customer_says_how_it_is_found():
    missing = set(tables_of_customers()) - OWNED.keys() - NOT_OF_CUSTOMERS.keys()
    assert not missing, f"say in OWNED of shop/identity/privacy.py whose rows these are: {missing}"
    assert not OWNED.keys() & NOT_OF_CUSTOMERS.keys()


@pytest.mark.fault("I4")
@pytest.mark.parametrize("label", OWNED)
def test_the_way_to_the_customer_exists(label):
    model, owned = apps.get_model(label), OWNED[label]
    found = {Match.LINK: 0, Match.STREAM: ["order:0"], Match.SCOPE: "0 "}[owned.match]
    lookup = {Match.LINK: "", Match.STREAM: "__in", Match.SCOPE: "__startswith"}[owned.match]
    assert model._default_manager.filter(**{owned.path + lookup: found}).query


def test_staff_are_no_customers():
    assert User._meta.label in NOT_OF_CUSTOMERS
