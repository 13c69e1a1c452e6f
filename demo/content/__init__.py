"""What the demo shop sells: brands, shelves and products, read from the TOML files beside this.

Brands, firms and approval numbers are invented; the numbers keep the legal form and run above any
serial that has been given out.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from catalog.models import Product, ProductRevision
from catalog.rules import HEALTH_FOOD_NOTICE

HERE = Path(__file__).parent
AFTER_SALES_TERMS = (
    "自签收次日起七日内，商品完好可无理由退货，寄回运费由顾客承担；内层封口拆开后，因食品安全原因"
    "不支持无理由退货（下单时另行确认）。商品存在质量问题的，七日内退货或换货，运费由本店承担。"
    "退回商品签收后七日内退款。请保留外包装与批号，客服在线时间为每日9:00至21:00。"
)


@dataclass(frozen=True)
class BrandSheet:
    """A brand and the firm behind it."""

    name: str
    manufacturer: str
    origin: str


@dataclass(frozen=True)
class ShelfSheet:
    """A category; `above` is the slug of the one it stands in."""

    slug: str
    name: str
    above: str | None = None


@dataclass(frozen=True)
class Specification:
    """One SKU with its prices in fen."""

    name: str
    price_fen: int
    member_price_fen: int | None = None


@dataclass(frozen=True)
class ProductSheet:
    """A product as operations would hand it in. `popularity` weighs how often it is bought."""

    code: str
    kind: str
    brand: str
    shelf: str
    popularity: int
    specifications: tuple[Specification, ...]
    text: Mapping[str, str]

    def sku_codes(self) -> list[str]:
        """As `draft_product` numbers them."""
        return [f"{self.code}-{n}" for n, _spec in enumerate(self.specifications, start=1)]


@cache
def brands() -> dict[str, BrandSheet]:
    """By name."""
    return {entry["name"]: BrandSheet(**entry) for entry in read("brands.toml")["brand"]}


@cache
def shelves() -> list[ShelfSheet]:
    """In shop order, each after the one above it."""
    return [ShelfSheet(**entry) for entry in read("shelves.toml")["shelf"]]


@cache
def products() -> list[ProductSheet]:
    """All products, file by file."""
    files = sorted((HERE / "products").glob("*.toml"))
    return [_product(entry) for file in files for entry in read(file)["product"]]


@cache
def specifications() -> dict[str, Specification]:
    """By SKU code."""
    return {
        code: specification
        for sheet in products()
        for code, specification in zip(sheet.sku_codes(), sheet.specifications, strict=True)
    }


def _product(entry: dict[str, Any]) -> ProductSheet:
    brand = brands()[entry["brand"]]
    kind = entry.get("kind", Product.Kind.HEALTH_FOOD)
    said = {
        "origin": brand.origin,
        "manufacturer": brand.manufacturer,
        "after_sales_terms": AFTER_SALES_TERMS,
        "notice": HEALTH_FOOD_NOTICE if kind == Product.Kind.HEALTH_FOOD else "",
        **entry,
    }
    return ProductSheet(
        code=entry["code"],
        kind=kind,
        brand=entry["brand"],
        shelf=entry["shelf"],
        popularity=entry["popularity"],
        specifications=tuple(Specification(**spec) for spec in entry["specifications"]),
        text={name: said.get(name, "") for name in ProductRevision.CONTENT},
    )


@cache
def read(file: str | Path) -> dict[str, Any]:
    """A TOML file of this folder."""
    return tomllib.loads((HERE / file).read_text(encoding="utf-8"))
