"""The way of the goods: desks and parcels."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class DeskPush(models.Model):
    """A paid order laid on a desk: once each, proof of OR1's 'pushed within seconds'."""

    class Desk(models.TextChoices):
        SERVICE = "service", _("service desk")
        WAREHOUSE = "warehouse", _("warehouse desk")

    order = models.ForeignKey(Order, models.PROTECT, related_name="pushes")
    desk = models.CharField(max_length=10, choices=Desk.choices)
    pushed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("push to a desk")
        verbose_name_plural = _("pushes to desks")
        constraints = [
            models.UniqueConstraint(fields=["order", "desk"], name="pushed_once_per_desk"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.desk}"


class Parcel(models.Model):
    """Goods on their way, under a carrier's waybill."""

    class Carrier(models.TextChoices):
        SF = "SF", _("SF Express")
        ZTO = "ZTO", _("ZTO Express")
        YTO = "YTO", _("YTO Express")
        EMS = "EMS", _("China Post EMS")
        JD = "JD", _("JD Logistics")

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="parcels", verbose_name=_("order")
    )
    carrier = models.CharField(_("carrier"), max_length=10, choices=Carrier.choices)
    waybill = models.CharField(_("waybill"), max_length=40)
    shipped_at = models.DateTimeField(_("shipped at"))

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints = [
            models.UniqueConstraint(fields=["carrier", "waybill"], name="waybill_used_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_carrier_display()} {self.waybill}"
