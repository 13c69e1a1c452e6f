"""Addresses of carts and orders."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from orders.api.views import Cart, CartLine, Orders

router = SimpleRouter()
router.register("orders", Orders, basename="order")

urlpatterns = [
    path("cart/", Cart.as_view()),
    path("cart/lines/<int:sku>/", CartLine.as_view()),
    *router.urls,
]
