"""快递100 as our system meets it: waybills, 实时快递查询, 订阅 and 推送; real HTTP and MD5.

A process of its own (`python -m shop.vendors.carriers.simulator`) for the demo and the tests. It is
written from the documents alone and imports nothing of the client, nor Django.
"""
