"""What customers see of a product, kept as the API tells it, by the database itself."""

import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models import F, Func, Q

import pgtrigger.migrations
import shop.books.fields

# As `rules.stock_level`.
LEVELS = """
CREATE FUNCTION catalog_stock_level(available int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN available <= 0 THEN 'sold_out' WHEN available <= 10 THEN 'low'
                ELSE 'in_stock' END
$$;
"""

# What the cards have to say, from the rows that it follows from.
SHOWN = """
CREATE VIEW catalog_shown AS
SELECT product.id AS product_id, product.category_id, product.brand_id, product.published_at,
       CASE WHEN revision.id IS NOT NULL THEN offered.price_fen END AS price_fen,
       coalesce(lower(revision.title), '') AS found_by,
       CASE WHEN revision.id IS NOT NULL AND offered.price_fen IS NOT NULL THEN
           row_to_json((SELECT told FROM (SELECT
               product.id, product.code, product.kind, revision.title, revision.selling_point,
               brand.name AS brand, category.slug AS category, offered.price_fen,
               offered.member_price_fen, catalog_stock_level(offered.available) AS stock
           ) AS told))::text
       END AS row,
       CASE WHEN revision.id IS NOT NULL THEN
           row_to_json((SELECT told FROM (SELECT
               product.id, product.code, product.kind,
               (SELECT mark FROM (SELECT brand.id, brand.name) AS mark) AS brand,
               (SELECT shelf FROM (SELECT category.id, category.name, category.slug,
                                          category.parent_id AS parent) AS shelf) AS category,
               (SELECT content FROM (SELECT
                    revision.number,
                    to_char(revision.published_at AT TIME ZONE 'Asia/Shanghai',
                            'YYYY-MM-DD"T"HH24:MI:SS.US"+08:00"') AS published_at,
                    revision.title, revision.selling_point, revision.approval_number,
                    revision.efficacy, revision.ingredients, revision.functional_components,
                    revision.suitable_for, revision.unsuitable_for, revision.usage,
                    revision.storage, revision.shelf_life, revision.origin, revision.manufacturer,
                    revision.package_material, revision.after_sales_terms, revision.notice
               ) AS content) AS content,
               offered.skus
           ) AS told))::text
       END AS page
FROM catalog_product AS product
JOIN catalog_brand AS brand ON brand.id = product.brand_id
JOIN catalog_category AS category ON category.id = product.category_id
LEFT JOIN catalog_productrevision AS revision ON revision.id = product.live_revision_id
CROSS JOIN LATERAL (
    SELECT min(offer.price_fen) AS price_fen, min(offer.member_price_fen) AS member_price_fen,
           max(offer.available) AS available,
           coalesce(json_agg(json_build_object(
               'id', sku.id, 'code', sku.code, 'name', sku.name, 'price_fen', offer.price_fen,
               'member_price_fen', offer.member_price_fen,
               'reference_price_fen', offer.reference_fen,
               'stock', catalog_stock_level(offer.available)) ORDER BY sku.position, sku.id),
               '[]') AS skus
    FROM catalog_sku AS sku JOIN catalog_offer AS offer ON offer.sku_id = sku.id
    WHERE sku.product_id = product.id) AS offered;
"""

# Cards are locked in the order of their keys and read anew behind the lock: of two that change the
# same card at once, the second sees what the first has done, and neither waits for the other twice.
# A card is there from its product's first moment, so that there is always one to lock.
LAY = """
CREATE FUNCTION catalog_lay_cards(changed bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(cardinality(changed), 0) = 0 THEN
        RETURN;
    END IF;
    PERFORM FROM catalog_shelfcard WHERE product_id = ANY (changed)
    ORDER BY product_id FOR NO KEY UPDATE;
    INSERT INTO catalog_shelfcard AS card (product_id, category_id, brand_id, published_at,
                                           price_fen, found_by, "row", page)
    SELECT product_id, category_id, brand_id, published_at, price_fen, found_by, shown."row", page
    FROM catalog_shown AS shown WHERE product_id = ANY (changed) ORDER BY product_id
    ON CONFLICT (product_id) DO UPDATE
    SET category_id = excluded.category_id, brand_id = excluded.brand_id,
        published_at = excluded.published_at, price_fen = excluded.price_fen,
        found_by = excluded.found_by, "row" = excluded."row", page = excluded.page;
END $$;
"""

# Of each table: after what, and which products' cards change with the rows that changed.
WATCHED = {
    "offer": ("insert update delete", """
        SELECT DISTINCT sku.product_id FROM {changed} AS changed
        JOIN catalog_sku AS sku ON sku.id = changed.sku_id"""),
    "sku": ("insert update delete", "SELECT DISTINCT product_id FROM {changed} AS changed"),
    "product": ("insert update", "SELECT id FROM {changed} AS changed"),
    "productrevision": ("insert update", """
        SELECT product.id FROM {changed} AS changed
        JOIN catalog_product AS product ON product.live_revision_id = changed.id"""),
    "brand": ("update", """
        SELECT product.id FROM {changed} AS changed
        JOIN catalog_product AS product ON product.brand_id = changed.id"""),
    "category": ("update", """
        SELECT product.id FROM {changed} AS changed
        JOIN catalog_product AS product ON product.category_id = changed.id"""),
}  # fmt: skip
TABLES = {
    "insert": "NEW TABLE AS is_now",
    "update": "NEW TABLE AS is_now OLD TABLE AS was",
    "delete": "OLD TABLE AS was",
}
# An offer changes with every order, and a card only when its price or its level does.
OFFERS_THAT_SHOW = """(
    SELECT is_now.sku_id FROM is_now JOIN was USING (id)
    WHERE (is_now.price_fen, is_now.member_price_fen, is_now.reference_fen,
           catalog_stock_level(is_now.available))
    IS DISTINCT FROM (was.price_fen, was.member_price_fen, was.reference_fen,
                      catalog_stock_level(was.available)))"""


def watch(table: str, event: str) -> migrations.RunSQL:
    changed = "was" if event == "delete" else "is_now"
    if (table, event) == ("offer", "update"):
        changed = OFFERS_THAT_SHOW
    name = f"catalog_{table}_{event}_shows"
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM catalog_lay_cards(ARRAY({WATCHED[table][1].format(changed=changed)}));
            RETURN NULL;
        END $$;
        CREATE TRIGGER {event}_shows AFTER {event} ON catalog_{table}
        REFERENCING {TABLES[event]} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
        """,
        f"DROP FUNCTION {name}() CASCADE",
    )


class Migration(migrations.Migration):

    dependencies = [("catalog", "0011_disposals")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="product", name="found_by_its_title"),
        migrations.RunSQL(
            "DROP INDEX product_grams",
            "CREATE INDEX product_grams ON catalog_product USING gin (catalog_grams(found_by))",
        ),
        migrations.RemoveIndex(model_name="product", name="product_newest"),
        migrations.RemoveIndex(model_name="product", name="product_on_shelf"),
        migrations.RemoveField(model_name="product", name="found_by"),
        migrations.CreateModel(
            name="ShelfCard",
            fields=[
                ("product", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="card", serialize=False, to="catalog.product")),
                ("published_at", models.DateTimeField(null=True, verbose_name="first published at")),
                ("price_fen", shop.books.fields.FenField(help_text="the lowest; none: it is in no list", null=True, verbose_name="price (fen)")),
                ("found_by", models.CharField(default="", help_text="the live title in lower case", max_length=60, verbose_name="found by")),
                ("row", models.TextField(null=True, verbose_name="row in lists")),
                ("page", models.TextField(help_text="none: it is not published", null=True, verbose_name="page")),
                ("brand", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.brand")),
                ("category", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.category")),
            ],
            options={"verbose_name": "shelf card", "verbose_name_plural": "shelf cards"},
        ),
        migrations.AddIndex(model_name="shelfcard", index=models.Index(condition=Q(("price_fen__isnull", False)), fields=["-published_at", "-product"], name="card_newest")),
        migrations.AddIndex(model_name="shelfcard", index=models.Index(condition=Q(("price_fen__isnull", False)), fields=["category", "-published_at", "-product"], name="card_on_shelf")),
        migrations.AddIndex(model_name="shelfcard", index=models.Index(condition=Q(("price_fen__isnull", False)), fields=["price_fen", "-product"], name="card_by_price")),
        migrations.AddIndex(model_name="shelfcard", index=GinIndex(Func(F("found_by"), function="catalog_grams"), name="card_grams")),
        migrations.AddConstraint(
            model_name="shelfcard",
            constraint=models.CheckConstraint(
                condition=Q(("price_fen__isnull", True), ("row__isnull", True))
                | Q(("page__isnull", False), ("price_fen__isnull", False), ("published_at__isnull", False), ("row__isnull", False)),
                name="card_in_lists_is_published_and_priced",
            ),
        ),
        migrations.RunSQL(LEVELS, "DROP FUNCTION catalog_stock_level(int)"),
        migrations.RunSQL(SHOWN, "DROP VIEW catalog_shown"),
        migrations.RunSQL(LAY, "DROP FUNCTION catalog_lay_cards(bigint[])"),
        *[watch(table, event) for table in WATCHED for event in WATCHED[table][0].split()],
        migrations.RunSQL(
            "SET LOCAL statement_timeout = 0;"
            "SELECT catalog_lay_cards(ARRAY(SELECT id FROM catalog_product))",
            migrations.RunSQL.noop,
        ),
    ]
