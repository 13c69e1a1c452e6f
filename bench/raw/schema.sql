-- The shop's goods once more, in the fewest tables and indexes that its answers can be had from.
DROP SCHEMA IF EXISTS raw CASCADE;
CREATE SCHEMA raw;

CREATE TABLE raw.product AS
SELECT product.id, product.code, product.kind, revision.title, revision.selling_point,
       brand.name AS brand, category.slug AS category, offered.price_fen, offered.member_price_fen,
       offered.stock, product.published_at,
       json_build_object('id', brand.id, 'name', brand.name)::text AS brand_object,
       json_build_object('id', category.id, 'name', category.name, 'slug', category.slug,
                         'parent', category.parent_id)::text AS category_object,
       json_build_object(
           'number', revision.number, 'published_at', revision.published_at,
           'title', revision.title, 'selling_point', revision.selling_point,
           'approval_number', revision.approval_number, 'efficacy', revision.efficacy,
           'ingredients', revision.ingredients,
           'functional_components', revision.functional_components,
           'suitable_for', revision.suitable_for, 'unsuitable_for', revision.unsuitable_for,
           'usage', revision.usage, 'storage', revision.storage,
           'shelf_life', revision.shelf_life, 'origin', revision.origin,
           'manufacturer', revision.manufacturer, 'package_material', revision.package_material,
           'after_sales_terms', revision.after_sales_terms, 'notice', revision.notice
       )::text AS content
FROM catalog_product AS product
JOIN catalog_productrevision AS revision ON revision.id = product.live_revision_id
JOIN catalog_brand AS brand ON brand.id = product.brand_id
JOIN catalog_category AS category ON category.id = product.category_id
JOIN (
    SELECT sku.product_id, min(offer.price_fen) AS price_fen,
           min(offer.member_price_fen) AS member_price_fen, max(offer.available) AS stock
    FROM catalog_sku AS sku JOIN catalog_offer AS offer ON offer.sku_id = sku.id
    GROUP BY sku.product_id
) AS offered ON offered.product_id = product.id;
ALTER TABLE raw.product ADD PRIMARY KEY (id);
CREATE INDEX ON raw.product (category, published_at DESC, id DESC);
CREATE INDEX ON raw.product (published_at DESC, id DESC);

CREATE TABLE raw.sku (
    id bigint PRIMARY KEY, product_id bigint NOT NULL, code text NOT NULL, name text NOT NULL,
    price_fen int NOT NULL, member_price_fen int, reference_price_fen int,
    stock int NOT NULL CHECK (stock >= 0)
) WITH (fillfactor = 70);
INSERT INTO raw.sku
SELECT sku.id, sku.product_id, sku.code, sku.name, offer.price_fen, offer.member_price_fen,
       offer.reference_fen, offer.available
FROM catalog_sku AS sku JOIN catalog_offer AS offer ON offer.sku_id = sku.id;
CREATE INDEX ON raw.sku (product_id);

CREATE TABLE raw.ordered (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, placed_at timestamptz NOT NULL DEFAULT now(),
    address jsonb NOT NULL, payable_fen int NOT NULL, status smallint NOT NULL
);
CREATE TABLE raw.line (
    order_id bigint NOT NULL REFERENCES raw.ordered, sku_id bigint NOT NULL REFERENCES raw.sku,
    quantity int NOT NULL, price_fen int NOT NULL, PRIMARY KEY (order_id, sku_id)
);
ANALYZE raw.product, raw.sku;
