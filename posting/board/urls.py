from django.urls import path

from posting.board import review_views, views

urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/plan/", views.plan, name="calendar_new"),
    path("calendar/copy/", views.copy_structure, name="calendar_copy"),
    path("calendar/feed/", views.subscribe, name="calendar_feed"),
    path("calendar/feed/change/", views.subscribe_change, name="calendar_feed_change"),
    path("calendar/move/<slug:source>/<uuid:item_id>/", views.move, name="calendar_move"),
    path("calendar/plan/<uuid:calendar_id>/", review_views.plan_page, name="calendar_plan"),
    path("calendar/plan/<uuid:calendar_id>/log/", review_views.plan_log, name="calendar_log"),
    path("calendar/plan/<uuid:calendar_id>/cancel/", review_views.plan_cancel, name="calendar_cancel"),
    path("calendar/plan/<uuid:calendar_id>/approve/", review_views.plan_approve, name="calendar_approve"),
    path(
        "calendar/plan/<uuid:calendar_id>/unapprove/", review_views.plan_unapprove, name="calendar_unapprove"
    ),
    path("calendar/post/<uuid:slot_id>/", review_views.slot_card, name="calendar_slot_card"),
    path("calendar/post/<uuid:slot_id>/checks/", review_views.slot_checks, name="calendar_slot_checks"),
    path("calendar/post/<uuid:slot_id>/approve/", review_views.slot_approve, name="calendar_slot_approve"),
    path(
        "calendar/post/<uuid:slot_id>/unapprove/", review_views.slot_unapprove, name="calendar_slot_unapprove"
    ),
    path("calendar/post/<uuid:slot_id>/do/<slug:act>/", review_views.slot_act, name="calendar_slot"),
]
