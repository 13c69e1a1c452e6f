"""The group robot: written, cut, too often, no such robot."""

from uuid import uuid4

import pytest

from shop.vendors.errors import UnreadableAnswer, VendorBusy, VendorRefused
from shop.vendors.wecom.robot import Robot, get_robot


def webhook(simulator, key=None):
    return f"{simulator.url}/cgi-bin/webhook/send?key={key or uuid4()}"


def written(simulator, key):
    return [one["content"] for one in simulator.remote.group_messages() if one["key"] == key]


def test_the_group_reads_it(simulator):
    key = str(uuid4())
    Robot(webhook(simulator, key)).write("**付款有争议**\n> 订单 261122")
    assert written(simulator, key) == ["**付款有争议**\n> 订单 261122"]


def test_what_is_too_long_is_cut_at_a_character(simulator):
    key = str(uuid4())
    Robot(webhook(simulator, key)).write("长" * 2000)
    [text] = written(simulator, key)
    assert text == "长" * (4096 // 3)


def test_after_twenty_in_a_minute_it_must_wait(simulator):
    robot = Robot(webhook(simulator))
    for number in range(20):
        robot.write(f"第 {number} 条")
    with pytest.raises(VendorBusy) as busy:
        robot.write("第 21 条")
    assert busy.value.code == "45009"


def test_an_address_that_is_none_is_refused_for_good(simulator):
    with pytest.raises(VendorRefused) as refused:
        Robot(webhook(simulator, "no-key")).write("x")
    assert refused.value.code == "93000"


def test_the_gateways_own_too_often_is_busy_too(simulator):
    simulator.remote.set_faults(robot_errcode=130101)
    with pytest.raises(VendorBusy):
        Robot(webhook(simulator)).write("x")


def test_an_answer_that_is_none_is_unreadable(simulator):
    with pytest.raises(UnreadableAnswer):
        Robot(f"{simulator.url}/simulator/expired-tokens").write("x")


def test_without_an_address_there_is_no_robot(settings):
    settings.WECOM_ROBOT_URL = ""
    assert get_robot() is None
