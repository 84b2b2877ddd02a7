"""/api/v1/posts and /api/v1/publications: create, schedule, one publication's story. The list: posting.api_history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from content.extras import COMMENT_MAX
from posting import partner, queries, services
from posting.models import Publication, Transition
from posting.states import Word
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.api_given import Given


class AccountRef(serializers.Serializer):
    id = serializers.UUIDField()
    platform = serializers.CharField()
    name = serializers.CharField()


def _rfc3339(at: datetime | None) -> str | None:
    """As the serializers' fields write it: microseconds, UTC, "Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


class PublicationOut(serializers.Serializer):
    """One post on one account at one time."""

    id = serializers.UUIDField()
    post_id = serializers.UUIDField()
    account = AccountRef(source="channel")
    status = serializers.ChoiceField(choices=[str(word) for word in Word])
    reason = serializers.CharField(
        source="reason_text", help_text="Why it is so, in plain words; empty when all is well."
    )
    caption = serializers.SerializerMethodField()
    publish_at = serializers.DateTimeField()
    timezone = serializers.CharField(source="zone")
    published_at = serializers.DateTimeField(allow_null=True)
    permalink = serializers.CharField(help_text="The live post; empty until it is known.")
    platform_post_id = serializers.CharField(source="remote_id")
    engagement = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def to_representation(self, publication: Publication) -> dict[str, Any]:
        """By hand, as lists of 200 are read by machines all day: the fields above say what it must hold, and a
        test compares. 34 instead of 43 ms of processor time for such a list (`make bench-api-lists`)."""
        channel = publication.channel
        return {
            "id": str(publication.pk),
            "post_id": str(publication.post_id),
            "account": {"id": str(channel.pk), "platform": channel.platform, "name": channel.name},
            "status": str(publication.word(self.context["now"])),
            "reason": publication.reason_text,
            "caption": self.get_caption(publication),
            "publish_at": _rfc3339(publication.publish_at),
            "timezone": publication.zone,
            "published_at": _rfc3339(publication.published_at),
            "permalink": publication.permalink,
            "platform_post_id": publication.remote_id,
            "engagement": self.get_engagement(publication),
            "created_at": _rfc3339(publication.created_at),
        }

    def get_caption(self, publication: Publication) -> str:
        return publication.snapshot.get("caption", "")

    @extend_schema(responses=serializers.DictField(child=serializers.IntegerField()))
    def get_engagement(self, publication: Publication) -> dict[str, int]:
        """Newest measured numbers; a metric that was never measured is absent, which is not zero."""
        return self.context["numbers"].get(publication.pk, {})


class TransitionOut(serializers.ModelSerializer):
    reason = serializers.CharField(source="sentence")
    status = serializers.CharField(source="new")

    class Meta:
        model = Transition
        fields = ("at", "status", "reason", "by")


class StoryOut(PublicationOut):
    timeline = TransitionOut(source="transitions", many=True)

    def to_representation(self, publication: Publication) -> dict[str, Any]:
        timeline = TransitionOut(publication.transitions.all(), many=True).data  # type: ignore[attr-defined]
        return {**super().to_representation(publication), "timeline": timeline}


class WarningOut(serializers.Serializer):
    code = serializers.CharField(
        help_text="`clash_same`: these words or photos stand on that account already, or will. `clash_close`:"
        " another post goes out there within 30 minutes. `repeats`: much like an earlier caption. `off_menu`,"
        " `avoid`, `price`, `small` ...: as the composer says it. More may come."
    )
    sentence = serializers.CharField(help_text="In plain words, with place and time.")
    field = serializers.CharField(
        help_text="Where it would be changed: `publish_at`, `caption`, `assets` ..."
    )
    account_id = serializers.UUIDField(allow_null=True, help_text="The account it is about, if one.")
    post_id = serializers.UUIDField(
        allow_null=True, source="other.post_id", default=None, help_text="The other post of a clash."
    )
    publication_id = serializers.UUIDField(
        allow_null=True, source="other.pk", default=None, help_text="The other publication of a clash."
    )


class PostOut(serializers.Serializer):
    id = serializers.UUIDField()
    caption = serializers.CharField()
    approval = serializers.CharField()
    publications = PublicationOut(many=True)
    warnings = WarningOut(
        many=True,
        help_text="What the composer would have shown before scheduling. It stopped nothing; empty when all is"
        " well, and for a draft.",
    )


class PlaceIn(Given):
    id = serializers.CharField(max_length=32, help_text="A Facebook Page that has an address.")
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PersonIn(Given):
    username = serializers.CharField(max_length=31)
    x = serializers.FloatField(min_value=0, max_value=1, default=0.5, help_text="From the left, 0 to 1.")
    y = serializers.FloatField(min_value=0, max_value=1, default=0.5, help_text="From the top, 0 to 1.")


class CreateIn(Given):
    elsewhere = dict.fromkeys(
        ("publish_at", "scheduled_at", "scheduled_time", "scheduled_publish_time"),
        _(
            "This endpoint publishes at once. To choose a time, send publish_at to POST /api/v1/posts/schedule."
        ),
    )

    tenant_id = serializers.UUIDField(required=False)
    account_id = serializers.UUIDField(required=False)
    account_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=50)
    platform = serializers.ChoiceField(choices=["facebook", "instagram"], required=False)
    caption = serializers.CharField(required=False, allow_blank=True, default="", max_length=63206)
    captions = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False, help_text="Other words per platform."
    )
    asset_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=10
    )
    image_url = serializers.URLField(
        required=False,
        allow_blank=True,
        default="",
        help_text="A public https address; fetched into the library.",
    )
    link = serializers.URLField(required=False, allow_blank=True, default="")
    first_comment = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=COMMENT_MAX,
        help_text="Written below the post as soon as it is out.",
    )
    place = PlaceIn(required=False, allow_null=True)
    alt_texts = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=1000),
        required=False,
        help_text="What each photo shows, by asset id.",
    )
    people = serializers.DictField(
        child=PersonIn(many=True),
        required=False,
        help_text="People tagged in photos, by asset id (Instagram).",
    )
    draft = serializers.BooleanField(
        required=False, default=False, help_text="Only compose; schedule it later."
    )

    def extras(self) -> dict[str, Any]:
        """What else compose_post takes, as far as the body names it."""
        names = ("first_comment", "place", "alt_texts", "people")
        return {name: self.validated_data[name] for name in names if name in self.validated_data}

    def accounts(self) -> list[UUID]:
        one = self.validated_data.get("account_id")
        return [*([one] if one else []), *self.validated_data.get("account_ids", [])]


class ScheduleIn(CreateIn):
    elsewhere = dict.fromkeys(
        ("scheduled_at", "scheduled_time", "scheduled_publish_time"), _("The time is called publish_at.")
    )

    post_id = serializers.UUIDField(
        required=False, help_text="A draft made earlier; else the post is made from this body."
    )
    publish_at = serializers.DateTimeField(
        required=False, help_text="RFC 3339 with its offset, e.g. 2026-12-24T17:00:00Z; or say `when`."
    )
    when = serializers.ChoiceField(
        choices=["next_slot"],
        required=False,
        help_text="Instead of publish_at: each account's next free weekly time, never one taken twice.",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("publish_at" in data) == ("when" in data):
            raise serializers.ValidationError({"publish_at": "Give publish_at, or when: next_slot."})
        return super().validate(data)


def _one(publications: list[Publication], now: datetime) -> dict[str, Any]:
    return {"now": now, "numbers": queries.latest_numbers(item.pk for item in publications)}


def _post_body(post: Any, publications: list[Publication], now: datetime) -> dict[str, Any]:
    post_fields = {
        "id": post.pk,
        "caption": post.caption,
        "approval": post.approval,
        "publications": publications,
        "warnings": partner.warnings(post, publications, now=now),
    }
    return PostOut(post_fields, context=_one(publications, now)).data


EXAMPLE = OpenApiExample(
    "A photo on a Page",
    request_only=True,
    value={
        "account_id": "7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60",
        "caption": "Margherita night: two for 18.",
        "asset_ids": ["2b0f3f1e-4d66-4d5a-8a40-77c0d7f7b2aa"],
    },
)


class Create(TenantAPIView):
    can: ClassVar = {"POST": Can.PUBLISH}

    @extend_schema(
        operation_id="posts_create",
        summary="Publish a post now",
        description="On one or several accounts. It goes out within seconds and exactly once; follow `status`.",
        request=CreateIn,
        responses={202: PostOut},
        examples=[EXAMPLE],
        tags=["Posts"],
    )
    def post(self, request: Request) -> Response:
        given = CreateIn(data=request.data)
        given.is_valid(raise_exception=True)
        return self._made(given, publish_at=None)

    def rehearses(self, request: Request) -> bool:
        """A draft. Whoever names a draft made earlier wants it out, whatever else the body says."""
        body = request.data if isinstance(request.data, dict) else {}
        return body.get("draft") is True and "post_id" not in body

    def _made(self, given: CreateIn, *, publish_at: datetime | None) -> Response:
        data, now = given.validated_data, timezone.now()
        post, publications = partner.create_post(
            account_ids=given.accounts(),
            platform=data.get("platform", ""),
            caption=data["caption"],
            captions=data.get("captions"),
            asset_ids=data["asset_ids"],
            image_url=data["image_url"],
            link=data["link"],
            publish_at=publish_at,
            next_slot=data.get("when") == "next_slot",
            draft=data["draft"],
            extras=given.extras(),
            by=self.actor,
            now=now,
        )
        return Response(_post_body(post, publications, now), status=201 if data["draft"] else 202)


class Schedule(Create):
    @extend_schema(
        operation_id="posts_schedule",
        summary="Schedule a post",
        description="At `publish_at`, or at each account's next free weekly time. `warnings` of the answer says what"
        " the composer would have shown: the same thing or another post planned there, words that repeat.",
        request=ScheduleIn,
        responses={202: PostOut},
        tags=["Posts"],
    )
    def post(self, request: Request) -> Response:
        given = ScheduleIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        if "post_id" not in data:
            return self._made(given, publish_at=data.get("publish_at"))
        now = timezone.now()
        post, publications = partner.schedule_post(
            post_id=data["post_id"],
            account_ids=given.accounts(),
            publish_at=data.get("publish_at"),
            next_slot="when" in data,
            by=self.actor,
            now=now,
        )
        return Response(_post_body(post, publications, now), status=202)


class One(TenantAPIView):
    can: ClassVar = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="publications_get",
        summary="One publication and its timeline",
        responses=StoryOut,
        tags=["Posts"],
    )
    def get(self, request: Request, publication_id: UUID) -> Response:
        rows = Publication.objects.select_related("channel").prefetch_related("transitions")
        publication = get_object_or_404(rows, pk=publication_id)
        return Response(StoryOut(publication, context=_one([publication], timezone.now())).data)


class Cancel(TenantAPIView):
    can: ClassVar = {"POST": Can.PUBLISH}

    @extend_schema(
        operation_id="publications_cancel",
        summary="Take a publication back",
        description="Possible until it is being sent; afterwards 409 says which of the two won.",
        request=None,
        responses=PublicationOut,
        tags=["Posts"],
    )
    def post(self, request: Request, publication_id: UUID) -> Response:
        publication = get_object_or_404(
            Publication.objects.select_related("channel", "post"), pk=publication_id
        )
        now = timezone.now()
        services.cancel(publication=publication, by=self.actor, now=now)
        publication.refresh_from_db()
        return Response(PublicationOut(publication, context=_one([publication], now)).data)


urlpatterns = [
    path("posts/create", Create.as_view(), name="api_posts_create"),
    path("posts/schedule", Schedule.as_view(), name="api_posts_schedule"),
    path("publications/<uuid:publication_id>", One.as_view(), name="api_publication"),
    path("publications/<uuid:publication_id>/cancel", Cancel.as_view(), name="api_publication_cancel"),
]
