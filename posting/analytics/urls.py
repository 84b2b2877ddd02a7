"""Below /r/<slug>/numbers/."""

from django.urls import path

from posting.analytics import views

urlpatterns = [
    path("", views.analytics, name="analytics"),
    path("live/", views.live, name="analytics_live"),
    path("csv/", views.csv, name="analytics_csv"),
    path("report/<int:year>/<int:month>/", views.report_pdf, name="analytics_report"),
    path("choices/", views.choices, name="analytics_choices"),
]
