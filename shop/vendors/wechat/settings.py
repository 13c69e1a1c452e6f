"""What the WeChat clients must be told. `settings.WECHAT` is one `WechatSettings`."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PaySettings:
    """WeChat Pay v3 of one merchant. Key files are PEM and are read when the client is built.

    WeChat signs with its public key (`public_key_id`, `public_key_file`), with platform
    certificates (the older mode), or while a merchant moves from one to the other with both; at
    least one must be given.
    """

    url: str
    appid: str
    mchid: str
    api_v3_key: str = field(repr=False)
    merchant_serial: str
    merchant_key_file: Path
    public_key_id: str = ""
    public_key_file: Path | None = None
    certificate_files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class WechatSettings:
    """The mini-program's own account, and its merchant's.

    `version` is the one that a message opens: developer, trial or formal. `is_trade_managed`: it
    is under 订单发货管理, so WeChat must be told of every shipping. `push_token` signs what it
    pushes to us (消息推送: JSON, 明文模式); without one nothing that is pushed is believed.
    """

    url: str
    appid: str
    secret: str = field(repr=False)
    pay: PaySettings
    version: str = "formal"
    is_trade_managed: bool = True
    push_token: str = field(default="", repr=False)
