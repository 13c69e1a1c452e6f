"""A parcel is packed before it leaves, says what is in it, and is handed over with others.

The parcels of before held all that was left of their order, and have left.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CARRIERS = [
    ("SF", "SF Express"), ("ZTO", "ZTO Express"), ("YTO", "YTO Express"),
    ("EMS", "China Post EMS"), ("JD", "JD Logistics"),
]

WHAT_WAS_IN_THEM = """
    INSERT INTO orders_parcelline (parcel_id, line_id, quantity)
    SELECT p.id, l.id, l.quantity - coalesce(back.units, 0)
    FROM orders_parcel p JOIN orders_orderline l ON l.order_id = p.order_id
    LEFT JOIN (SELECT a.line_id, sum(a.quantity) AS units
               FROM orders_aftersalesline a JOIN orders_aftersalescase c ON c.id = a.case_id
               WHERE c.restocked_at IS NOT NULL GROUP BY a.line_id) back ON back.line_id = l.id
    WHERE l.quantity > coalesce(back.units, 0)
"""
PACKED_AS_THEY_LEFT = "UPDATE orders_parcel SET packed_at = shipped_at"


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0008_after_sales_and_refunds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("carrier", models.CharField(choices=CARRIERS, max_length=10, verbose_name="carrier")),
                ("count", models.PositiveIntegerField(verbose_name="parcels")),
                ("at", models.DateTimeField(verbose_name="handed over at")),
                ("by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="handed over by")),
            ],
            options={
                "verbose_name": "carrier hand-over",
                "verbose_name_plural": "carrier hand-overs",
                "ordering": ["-pk"],
                "permissions": [("hand_over", "Can hand parcels over to a carrier")],
                "constraints": [models.CheckConstraint(condition=models.Q(("count__gt", 0)), name="hand_over_count")],
            },
        ),
        migrations.AlterModelOptions(
            name="parcel",
            options={
                "permissions": [
                    ("pack_parcel", "Can pack a parcel"),
                    ("label_parcel", "Can put a waybill on a parcel"),
                    ("unpack_parcel", "Can unpack a parcel that has not left"),
                    ("ship_parcel", "Can send one parcel on its way"),
                ],
                "verbose_name": "parcel",
                "verbose_name_plural": "parcels",
            },
        ),
        migrations.RemoveConstraint(model_name="parcel", name="waybill_used_once"),
        migrations.AddField(
            model_name="parcel",
            name="status",
            field=models.CharField(choices=[("packed", "packed"), ("shipped", "on its way"), ("unpacked", "unpacked again")], default="shipped", max_length=10, verbose_name="state"),
        ),
        migrations.AlterField(
            model_name="parcel",
            name="status",
            field=models.CharField(choices=[("packed", "packed"), ("shipped", "on its way"), ("unpacked", "unpacked again")], default="packed", max_length=10, verbose_name="state"),
        ),
        migrations.AddField(
            model_name="parcel",
            name="packed_at",
            field=models.DateTimeField(null=True, verbose_name="packed at"),
        ),
        migrations.AddField(
            model_name="parcel",
            name="packed_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="packed by"),
        ),
        migrations.AddField(
            model_name="parcel",
            name="hand_over",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="parcels", to="orders.handover", verbose_name="carrier hand-over"),
        ),
        migrations.AlterField(
            model_name="parcel",
            name="carrier",
            field=models.CharField(blank=True, choices=CARRIERS, max_length=10, verbose_name="carrier"),
        ),
        migrations.AlterField(
            model_name="parcel",
            name="waybill",
            field=models.CharField(blank=True, help_text="empty until the parcel has its label", max_length=40, verbose_name="waybill"),
        ),
        migrations.CreateModel(
            name="ParcelLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveSmallIntegerField(verbose_name="quantity")),
                ("line", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="packed_in", to="orders.orderline", verbose_name="order line")),
                ("parcel", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.parcel")),
            ],
            options={
                "verbose_name": "line of a parcel",
                "verbose_name_plural": "lines of parcels",
                "ordering": ["pk"],
                "constraints": [models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="parcel_line_quantity")],
            },
        ),
        migrations.RunSQL(PACKED_AS_THEY_LEFT, migrations.RunSQL.noop),
        migrations.RunSQL(WHAT_WAS_IN_THEM, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="parcel",
            name="packed_at",
            field=models.DateTimeField(verbose_name="packed at"),
        ),
        migrations.AlterField(
            model_name="parcel",
            name="shipped_at",
            field=models.DateTimeField(null=True, verbose_name="shipped at"),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.UniqueConstraint(condition=models.Q(("waybill", ""), _negated=True), fields=("carrier", "waybill"), name="waybill_used_once"),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('shipped_at__isnull', False), ('status', 'shipped'), models.Q(('waybill', ''), _negated=True), models.Q(('carrier', ''), _negated=True)), models.Q(('shipped_at__isnull', True), ('status', 'packed')), models.Q(('shipped_at__isnull', True), ('status', 'unpacked'), ('waybill', '')), _connector='OR'), name='parcel_state_has_its_time'),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(condition=models.Q(("status", "packed")), fields=["carrier"], name="parcel_in_house"),
        ),
    ]
