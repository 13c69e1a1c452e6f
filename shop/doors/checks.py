"""Wrong combinations of settings, found before anything starts. Each names its variable."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@register()
def keys_are_our_own(**kwargs: Any) -> list[CheckMessage]:
    """The keys of a fresh clone are public: good for this machine alone."""
    if settings.SECRET_KEY != settings.UNSAFE_KEY or _is_local():
        return []
    return [
        Error(
            "SECRET_KEY is the public one of a fresh clone, but PUBLIC_URL is not this machine.",
            hint="Set SECRET_KEY, FIELD_KEYS and BLIND_INDEX_KEY (.env.example).",
            id="shop.E001",
        )
    ]


@register()
def debug_stays_at_home(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG and not _is_local():
        return [Error("DEBUG is on, but PUBLIC_URL is not this machine.", id="shop.E002")]
    return []


@register()
def demo_has_its_own_database(**kwargs: Any) -> list[CheckMessage]:
    """The demo prints passwords: it never runs beside real customers."""
    host = settings.DATABASES["default"]["HOST"]
    if settings.DEMO and host not in LOOPBACK:
        return [
            Error(
                "DEMO is on, but DATABASE_URL is not this machine's.",
                hint="Unset DEMO, or unset DATABASE_URL to use the embedded database.",
                id="shop.E003",
            )
        ]
    return []


@register()
def money_travels_encrypted(**kwargs: Any) -> list[CheckMessage]:
    """WeChat Pay notifies https addresses only, and so do sessions want it."""
    if settings.PUBLIC_URL.startswith("https://") or _is_local():
        return []
    return [Error("PUBLIC_URL must begin with https://.", id="shop.E004")]


@register()
def wechat_is_whole(**kwargs: Any) -> list[CheckMessage]:
    """Either all WeChat settings are there, or none (then nobody can sign in or pay)."""
    wechat = settings.WECHAT
    wanted = {
        "WECHAT_APPID": wechat.appid,
        "WECHAT_SECRET": wechat.secret,
        "WECHAT_MCHID": wechat.pay.mchid,
        "WECHAT_API_V3_KEY": wechat.pay.api_v3_key,
        "WECHAT_MERCHANT_SERIAL": wechat.pay.merchant_serial,
        "WECHAT_MERCHANT_KEY_FILE": wechat.pay.merchant_key_file.is_file(),
        "WECHAT_PAY_PUBLIC_KEY_FILE or WECHAT_PAY_CERTIFICATE_FILES": (
            wechat.pay.public_key_id or wechat.pay.certificate_files
        ),
    }
    missing = sorted(name for name, value in wanted.items() if not value)
    if not missing or (not wechat.appid and _is_local()):
        return []
    return [Error(f"{', '.join(missing)} must be set.", id="shop.E005")]


def _is_local() -> bool:
    return any(f"//{host}" in settings.PUBLIC_URL for host in (*LOOPBACK, "[::1]"))
