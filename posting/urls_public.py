"""Outside any restaurant: is publishing making progress? And calendar feeds, whose secret is their address."""

from django.urls import path

from posting.board.feed_view import calendar_feed
from posting.health_view import health_publishing

urlpatterns = [
    path("health/publishing", health_publishing, name="health_publishing"),
    path("calendar/<slug:token>.ics", calendar_feed, name="calendar_feed_public"),
]
