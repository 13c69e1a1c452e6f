"""WeChat as our system meets it: login, phone, Pay v3, notices; real HTTP, RSA and AES-GCM.

A process of its own (`python -m shop.vendors.wechat.simulator`) for the demo and the tests. It is
written from WeChat's documents alone and imports nothing of the clients, nor Django: where the two
agree, they agree because both follow the document.
"""
