"""What was measured, in the restaurant's schema: snapshots that are only ever added, and their newest values.

Null means "not yet known": Meta leaves out what it has not counted, and an absent number is never a zero.
"""

from django.db import models
from django.db.models import Q


class Figures(models.Model):
    """The newest number of each kind of one publication: what pages and the API read. History is in Insight."""

    publication = models.OneToOneField(
        "posting.Publication", on_delete=models.CASCADE, primary_key=True, related_name="figures"
    )
    reach = models.BigIntegerField(null=True)  # people, each once
    views = models.BigIntegerField(null=True)
    likes = models.BigIntegerField(null=True)  # all reactions
    comments = models.BigIntegerField(null=True)
    shares = models.BigIntegerField(null=True)
    saves = models.BigIntegerField(null=True)  # Instagram only
    clicks = models.BigIntegerField(null=True)  # Facebook only
    engagement = models.BigIntegerField(null=True)  # likes + comments + shares + saves, as far as known
    measured_at = models.DateTimeField()  # when Meta last answered

    class Meta:
        indexes = [
            models.Index(fields=["-measured_at"], name="figures_newest"),
            # The history by its numbers (queries.SORTS): the highest first, what is not known left out.
            *(
                models.Index(
                    fields=[f"-{name}", "-publication"],
                    condition=Q(**{f"{name}__isnull": False}),
                    name=f"figures_by_{name}",
                )
                for name in ("reach", "engagement", "comments")
            ),
        ]

    def __str__(self) -> str:
        return f"reach {self.reach}"


class ChannelInsight(models.Model):
    """A number of a whole channel for one of Meta's days, as it was at a moment; a changed number adds a row."""

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey("social.Channel", on_delete=models.CASCADE, related_name="+")
    metric = models.CharField(max_length=20)  # followers, reach, views, engagement
    day = models.DateField()
    value = models.BigIntegerField()
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "day", "metric", "measured_at"], name="channelinsight_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.metric} {self.value}"


class ChannelDay(models.Model):
    """The newest numbers of one channel on one of Meta's days (they end at midnight in California)."""

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey("social.Channel", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    followers = models.BigIntegerField(null=True)  # at the end of the day
    reach = models.BigIntegerField(null=True)
    views = models.BigIntegerField(null=True)
    engagement = models.BigIntegerField(null=True)
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "day"], name="channelday_once"),
            models.CheckConstraint(
                condition=Q(followers__isnull=True) | Q(followers__gte=0), name="channelday_followers_counted"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="channelday_day")]

    def __str__(self) -> str:
        return str(self.day)


class NumbersChoice(models.Model):
    """What this restaurant chose about its numbers. One row; absent means the defaults."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    tag_links = models.BooleanField(default=False)  # UTM tags on links, from the next scheduled post on
    monthly_report = models.BooleanField(default=False)  # by e-mail to those who manage
    reported = models.CharField(max_length=7, default="", blank=True)  # "2026-10": the last month sent

    def __str__(self) -> str:
        return "numbers"
