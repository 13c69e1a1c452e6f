"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from shop.doors import health, hooks

# Addresses are tried in their order: what customers ask for most stands first.
api_v1 = [
    path("", include("catalog.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("marketing.api.urls")),
    path("", include("shop.doors.account.urls")),
    path("", include("shop.doors.policies.urls")),
    path("", include("shop.doors.papers.urls")),
    path("", include("shop.doors.files.urls")),
    path("", include("shop.doors.rights.urls")),
    path("", include("analytics.api.urls")),
]

urlpatterns = [
    path("api/v1/", include(api_v1)),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/desk/", include("shop.doors.desk.urls")),
    path("admin/reports/", include("analytics.desk.urls")),
    path("admin/sheets/", include("shop.doors.forms.urls")),
    path("admin/catalogue/", include("catalog.desk.urls")),
    path("admin/warehouse/", include("orders.desk.urls")),
    path("admin/", admin.site.urls),
    path("reports/", include("analytics.api.unsubscribe")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("hooks/wechat/", hooks.wechat),
    path("hooks/wechatpay/", hooks.wechatpay),
    path("hooks/wechatpay-refund/", hooks.wechatpay_refund),
    path("hooks/tracking/<str:carrier>/", hooks.tracking),
    path("hooks/mail/", hooks.mail),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
handler400 = "shop.doors.errors.bad_request"
handler404 = "shop.doors.errors.not_found"
handler500 = "shop.doors.errors.server_error"
