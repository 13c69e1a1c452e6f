"""Addresses of the reports' pages."""

from django.urls import path

from analytics.desk import views

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("mails/<int:pk>/", views.content, name="content"),
    path("mails/<int:pk>/workbook/", views.attachment, name="workbook"),
    path("preview/", views.preview, name="preview"),
    path("preview/mail/", views.preview_content, name="preview_content"),
]
