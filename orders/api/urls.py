"""Addresses of carts, orders and after-sales cases."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from orders.api.after_sales import AfterSales
from orders.api.views import Cart, CartLine, Orders

router = SimpleRouter()
router.register("orders", Orders, basename="order")
router.register("after-sales", AfterSales, basename="after-sales")

urlpatterns = [
    path("cart/", Cart.as_view()),
    path("cart/lines/<int:sku>/", CartLine.as_view()),
    *router.urls,
]
