"""Outside any restaurant: is publishing making progress?"""

from django.urls import path

from posting.health_view import health_publishing

urlpatterns = [path("health/publishing", health_publishing, name="health_publishing")]
