"""WeChat 小程序 API over HTTP: 小程序登录, 稳定版接口调用凭据, 手机号快速验证, 订阅消息,
发货信息录入, 文本内容安全识别.

WeCom's webhook stands here too: another host in the world, the same manners.
"""

from shop.vendors.wechat.simulator.accounts import Accounts, failure
from shop.vendors.wechat.simulator.content import checked
from shop.vendors.wechat.simulator.group_chat import GroupChat
from shop.vendors.wechat.simulator.postbox import Postbox
from shop.vendors.wechat.simulator.shipping import ShippingDesk
from shop.vendors.wechat.simulator.world import Refused, Reply, Request, World, json_reply


class AppDesk:
    """Answers api.weixin.qq.com's paths. Every answer is HTTP 200; an error is its errcode."""

    def __init__(
        self,
        world: World,
        accounts: Accounts,
        postbox: Postbox,
        groups: GroupChat,
        shipping: ShippingDesk,
    ) -> None:
        self._world = world
        self._accounts = accounts
        self._groups = groups
        self._with_token = {
            SUBSCRIBE: postbox.send,
            UPLOAD_SHIPPING: shipping.upload,
            GET_ORDER: shipping.order,
            CONTENT_CHECK: checked,
        }

    def answer(self, request: Request) -> Reply:
        """The answer, or Refused 404 for a path that is none of ours."""
        if request.path not in _PATHS:
            raise Refused(404, "NOT_FOUND", "no such path")
        if errcode := self._fault(request.path):
            return json_reply(200, failure(errcode))
        if request.path == "/sns/jscode2session":
            return json_reply(200, self._jscode2session(request.query))
        if request.path == "/cgi-bin/stable_token":
            return json_reply(200, self._stable_token(request.json()))
        if request.path in self._with_token:
            return json_reply(200, self._for_token(request))
        if request.path == WEBHOOK:
            answer = self._groups.write(request.query.get("key", ""), request.json())
            return json_reply(200, answer)
        return json_reply(200, self._phone_number(request))

    def _fault(self, path: str) -> int:
        faults = self._world.faults
        special = {
            SUBSCRIBE: faults.message_errcode,
            WEBHOOK: faults.robot_errcode,
            UPLOAD_SHIPPING: faults.shipping_errcode,
            GET_ORDER: faults.shipping_errcode,
            CONTENT_CHECK: faults.content_errcode,
        }
        return special.get(path, faults.login_errcode)

    def _jscode2session(self, query: dict[str, str]) -> dict[str, object]:
        wrong = self._wrong_credentials(query)
        return failure(wrong) if wrong else self._accounts.redeem(query.get("js_code", ""))

    def _stable_token(self, content: dict[str, object]) -> dict[str, object]:
        if content.get("grant_type") != "client_credential":
            return failure(40002)
        wrong = self._wrong_credentials(content)
        if wrong:
            return failure(wrong)
        return self._accounts.stable_token(content.get("force_refresh") is True)

    def _phone_number(self, request: Request) -> dict[str, object]:
        if not self._accounts.is_token(request.query.get("access_token", "")):
            return failure(40001)
        return self._accounts.redeem(str(request.json().get("code", "")))

    def _for_token(self, request: Request) -> dict[str, object]:
        if not self._accounts.is_token(request.query.get("access_token", "")):
            return failure(40001)
        return self._with_token[request.path](request.json())

    def _wrong_credentials(self, given: dict[str, str] | dict[str, object]) -> int:
        if given.get("appid") != self._world.configuration.appid:
            return 40013
        return 0 if given.get("secret") == self._world.configuration.secret else 40125


SUBSCRIBE = "/cgi-bin/message/subscribe/send"
WEBHOOK = "/cgi-bin/webhook/send"
UPLOAD_SHIPPING = "/wxa/sec/order/upload_shipping_info"
GET_ORDER = "/wxa/sec/order/get_order"
CONTENT_CHECK = "/wxa/msg_sec_check"
_PATHS = frozenset(
    (
        "/sns/jscode2session",
        "/cgi-bin/stable_token",
        "/wxa/business/getuserphonenumber",
        SUBSCRIBE,
        WEBHOOK,
        UPLOAD_SHIPPING,
        GET_ORDER,
        CONTENT_CHECK,
    )
)
