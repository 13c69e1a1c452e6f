"""Addresses of the warehouse's pages: from the shelf to the driver."""

from django.urls import path

from orders.desk import leaving, packing, picking

app_name = "warehouse"
urlpatterns = [
    path("waves/", picking.home, name="home"),
    path("release/", picking.release, name="release"),
    path("waves/<int:pk>/", picking.wave, name="wave"),
    path("waves/<int:pk>/rows/", picking.rows, name="rows"),
    path("waves/<int:pk>/scan/", picking.scan, name="scan"),
    path("waves/<int:pk>/short/", picking.short, name="short"),
    path("waves/<int:pk>/list.pdf", picking.pick_list, name="pick_list"),
    path("packing/", packing.bench, name="bench"),
    path("packing/<str:number>/", packing.check, name="check"),
    path("packing/<str:number>/close/", packing.close, name="close"),
    path("parcels/<int:pk>/label/", packing.label, name="label"),
    path("parcels/<int:pk>/slip.pdf", packing.slip, name="slip"),
    path("leaving/", leaving.dock, name="leaving"),
    path("leaving/<str:carrier>/", leaving.give, name="give"),
    path("hand-overs/<int:pk>/list.pdf", leaving.hand_over_list, name="hand_over_list"),
]
