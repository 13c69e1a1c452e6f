"""Products: their content comes in revisions that freeze at publication."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog import rules
from shop.events.states import Transitions
from shop.identity.models import User


class Brand(models.Model):
    """A mark under which products are sold."""

    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A shelf of the shop; at most three levels deep."""

    name = models.CharField(_("name"), max_length=40)
    slug = models.SlugField(_("short name"), unique=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("above"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """1 for a shelf that stands on the floor."""
        return 1 if self.parent is None else 1 + self.parent.depth


class ProductQuerySet(models.QuerySet["Product"]):
    def published(self) -> ProductQuerySet:
        return self.filter(live_revision__isnull=False)


class Product(models.Model):
    """Something the shop sells. What it says of itself stands in its revisions."""

    class Kind(models.TextChoices):
        HEALTH_FOOD = "health_food", _("health food")
        FOOD = "food", _("ordinary food")

    code = models.CharField(_("product code"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    brand = models.ForeignKey(Brand, models.PROTECT, verbose_name=_("brand"))
    category = models.ForeignKey(Category, models.PROTECT, verbose_name=_("category"))
    live_revision = models.OneToOneField(
        "ProductRevision",
        models.PROTECT,
        null=True,
        related_name="live_for",
        editable=False,
        verbose_name=_("live revision"),
    )
    created_at = models.DateTimeField(_("created at"))
    published_at = models.DateTimeField(_("first published at"), null=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        permissions = [("draft_product", "Can draft a product")]
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="product_kind", condition=models.Q(kind__in=["health_food", "food"])
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def stream(self) -> str:
        """Where its events are, those of its revisions among them."""
        return f"product:{self.pk}"

    @property
    def is_delisted(self) -> bool:
        """Customers could buy it once, and cannot now (CA4)."""
        return self.published_at is not None and self.live_revision_id is None


class Among(models.Func):
    """Whether a value is one of an array's; unknown while there is no value."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = models.BooleanField()


class RevisionQuerySet(models.QuerySet["ProductRevision"]):
    def pending(self) -> RevisionQuerySet:
        """On its way to customers: neither there nor given up."""
        return self.filter(status__in=ProductRevision.PENDING)

    def get_locked(self, revision: ProductRevision) -> ProductRevision:
        """The revision behind its product's lock: one step at a time per product."""
        Product.objects.select_for_update(no_key=True).get(pk=revision.product_id)
        return self.select_related("product").get(pk=revision.pk)


class ProductRevision(models.Model):
    """Everything a product says, word for word (A4.1a, CA1). Frozen when published.

    Live is derived: the revision its product points at. A later one takes its place, it stays.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        DISCARDED = "discarded", _("given up")

    PENDING = (Status.DRAFT, Status.SUBMITTED, Status.APPROVED)
    TRANSITIONS: ClassVar[Transitions] = {
        "submit": ({Status.DRAFT}, Status.SUBMITTED),
        "approve": ({Status.SUBMITTED}, Status.APPROVED),
        "publish": ({Status.APPROVED}, Status.PUBLISHED),
        "return": ({Status.SUBMITTED, Status.APPROVED}, Status.DRAFT),
        "discard": ({Status.DRAFT}, Status.DISCARDED),
    }

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="revisions", verbose_name=_("product")
    )
    number = models.PositiveIntegerField(_("revision"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    title = models.CharField(_("title"), max_length=60)
    selling_point = models.CharField(_("selling point"), max_length=80, blank=True)
    approval_number = models.CharField(_("approval number"), max_length=24, blank=True)
    efficacy = models.TextField(_("health function"), max_length=200, blank=True)
    ingredients = models.TextField(_("ingredients"), max_length=1000)
    functional_components = models.TextField(_("functional components"), max_length=400, blank=True)
    suitable_for = models.CharField(_("suitable for"), max_length=120, blank=True)
    unsuitable_for = models.CharField(_("not suitable for"), max_length=120, blank=True)
    usage = models.TextField(_("usage and amount"), max_length=300)
    storage = models.CharField(_("storage"), max_length=120)
    shelf_life = models.CharField(_("shelf life"), max_length=40)
    origin = models.CharField(_("origin"), max_length=60)
    manufacturer = models.CharField(_("manufacturer"), max_length=80)
    package_material = models.CharField(_("package material"), max_length=60, blank=True)
    after_sales_terms = models.TextField(_("after-sales terms"), max_length=400)
    notice = models.CharField(_("mandatory statement"), max_length=60, blank=True)
    based_on = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", verbose_name=_("changes")
    )
    edits = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    writers = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)
    """Users who changed something of it; none of them may review it."""
    returned_why = models.CharField(
        _("returned because"), max_length=200, blank=True, db_default=""
    )
    content_hash = models.BinaryField(max_length=32, null=True, editable=False)
    drafted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("drafted by")
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    created_at = models.DateTimeField(_("created at"))
    published_at = models.DateTimeField(_("published at"), null=True)

    objects = RevisionQuerySet.as_manager()

    CONTENT = (
        "title",
        "selling_point",
        "approval_number",
        "efficacy",
        "ingredients",
        "functional_components",
        "suitable_for",
        "unsuitable_for",
        "usage",
        "storage",
        "shelf_life",
        "origin",
        "manufacturer",
        "package_material",
        "after_sales_terms",
        "notice",
    )

    class Meta:
        verbose_name = _("product revision")
        verbose_name_plural = _("product revisions")
        ordering = ["-pk"]
        permissions = [
            ("submit_revision", "Can submit a revision for review"),
            ("approve_revision", "Can approve a revision"),
            ("publish_revision", "Can publish a revision"),
            ("revise_product", "Can begin a change of what a product says"),
            ("edit_revision", "Can write a draft anew"),
            ("return_revision", "Can give a revision back to its author"),
            ("discard_revision", "Can give a draft up"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="revision_number"),
            models.CheckConstraint(
                name="revision_status",
                condition=models.Q(
                    status__in=["draft", "submitted", "approved", "published", "discarded"]
                ),
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=models.Q(status__in=["draft", "submitted", "approved"]),
                name="one_revision_on_its_way",
            ),
            models.CheckConstraint(
                name="revision_reviewed_by_another",
                condition=models.Q(approved_by__isnull=True)
                | models.Q(drafted_by__isnull=True)
                | ~models.Q(approved_by=models.F("drafted_by")),
            ),
            models.CheckConstraint(
                name="revision_reviewed_by_no_writer",
                condition=~models.Q(Among(models.F("approved_by"), models.F("writers"))),
            ),
            models.CheckConstraint(
                name="published_revision_is_hashed",
                condition=~models.Q(status="published")
                | models.Q(content_hash__isnull=False, published_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_is_frozen",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="published"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · v{self.number}"

    @property
    def stream(self) -> str:
        """Where its events are: its product's."""
        return f"product:{self.product_id}"

    @property
    def text(self) -> dict[str, str]:
        """The content by field name: what is hashed, shown and kept."""
        return {name: getattr(self, name) for name in self.CONTENT}


class Sku(models.Model):
    """One specification (规格) of a product, as it is ordered and stocked."""

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="skus", verbose_name=_("product")
    )
    code = models.CharField(_("SKU"), max_length=24, unique=True)
    name = models.CharField(_("specification"), max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    vat_bp = models.PositiveSmallIntegerField(
        _("VAT rate"),
        default=rules.STANDARD_VAT_BP,
        db_default=rules.STANDARD_VAT_BP,
        help_text="basis points, contained in the price",
    )

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="sku_vat_rate", condition=models.Q(vat_bp__in=rules.VAT_RATES_BP)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"sku:{self.pk}"
