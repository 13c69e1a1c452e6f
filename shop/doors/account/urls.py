"""Addresses of the account."""

from django.urls import path

from shop.doors.account.notices import Consents, Preferences, Subscriptions
from shop.doors.account.views import Addresses, Me, SignIn, SignOut

urlpatterns = [
    path("auth/wechat/", SignIn.as_view()),
    path("auth/logout/", SignOut.as_view()),
    path("me/", Me.as_view()),
    path("me/consents/", Consents.as_view()),
    path("me/preferences/", Preferences.as_view()),
    path("me/subscriptions/", Subscriptions.as_view()),
    path("me/addresses/", Addresses.as_view({"get": "list", "post": "create"})),
    path(
        "me/addresses/<int:pk>/",
        Addresses.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
]
