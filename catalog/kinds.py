"""What of the catalogue hangs on dated documents."""

from django.utils.translation import gettext_lazy as _

from shop.papers.kinds import FOOD_LICENCE, PaperKind, lapses, paper_kind

HEALTH_FOOD_CERTIFICATE = paper_kind(
    PaperKind(
        "health_food_certificate",
        _("health food registration or filing"),
        "Food Safety Law 76",
        subjects={"product": "catalog.Product"},
    )
)

lapses(
    FOOD_LICENCE,
    "catalog.publish_revision",
    _("no health food is put before customers"),
    concerns=lambda revision: revision.product.kind == "health_food",
)
lapses(
    HEALTH_FOOD_CERTIFICATE,
    "catalog.publish_revision",
    _("nothing new of this product is put before customers"),
    subject=lambda revision: f"product:{revision.product_id}",
)
