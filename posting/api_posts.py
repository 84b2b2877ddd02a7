"""/api/v1/posts/{id} and what may be done with a publication: read, edit, move, try again, its numbers."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from content.models import Post
from content.services import save_draft
from content.services.posts import Conflict
from content.words import Approval
from posting import queries, services
from posting.api import PublicationOut
from posting.models import Insight, Publication
from posting.states import OPEN
from tenants.access import Can
from tenants.api_base import TenantAPIView, must_have
from tenants.api_etags import changed_meanwhile, etag, must_match, tagged
from tenants.api_given import Given
from tenants.errors import Refused
from tenants.models import ApiKey
from tenants.paging import CursorPages

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag you read, or `*`."
)


class PostWholeOut(serializers.Serializer):
    """What is said; its publications say where, when and what came of it."""

    id = serializers.UUIDField()
    version = serializers.IntegerField(help_text="Grows with every edit; the ETag.")
    caption = serializers.CharField(allow_blank=True)
    captions = serializers.DictField(
        child=serializers.CharField(allow_blank=True), help_text="Other words per platform."
    )
    link = serializers.CharField(allow_blank=True)
    asset_ids = serializers.ListField(child=serializers.UUIDField())
    approval = serializers.ChoiceField(choices=Approval.choices)
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    publications = PublicationOut(many=True)


class PostChange(Given):
    caption = serializers.CharField(required=False, allow_blank=True, max_length=63206)
    captions = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=63206), required=False
    )
    link = serializers.URLField(required=False, allow_blank=True, max_length=2000)
    asset_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=10)


def _whole(post: Post) -> dict[str, Any]:
    now = timezone.now()
    publications = list(post.publications.select_related("channel").order_by("publish_at", "id"))  # type: ignore[attr-defined]
    for publication in publications:
        publication.post = post
    fields = {
        name: getattr(post, name)
        for name in (
            "id",
            "version",
            "caption",
            "captions",
            "link",
            "approval",
            "created_by",
            "created_at",
            "updated_at",
        )
    }
    fields["asset_ids"] = [row.asset_id for row in post.post_assets.all()]  # type: ignore[attr-defined]
    fields["publications"] = publications
    context = {"now": now, "numbers": queries.latest_numbers(item.pk for item in publications)}
    return PostWholeOut(fields, context=context).data


class OnePost(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "PATCH": Can.COMPOSE, "DELETE": Can.COMPOSE}

    @extend_schema(operation_id="posts_read", summary="One post", responses=PostWholeOut, tags=["Posts"])
    def get(self, request: Request, post_id: UUID) -> Response:
        post = get_object_or_404(Post, pk=post_id)
        return tagged(request, _whole(post), _tag(post))

    @extend_schema(
        operation_id="posts_change",
        summary="Change a post's words and pictures",
        description="What is still scheduled goes out with the new words, if they are good for it; what went"
        " out stays as it was. An approval is taken back: what was approved is not what would go out.",
        parameters=[IF_MATCH],
        request=PostChange,
        responses=PostWholeOut,
        examples=[OpenApiExample("New words", value={"caption": "Two for 16 tonight."}, request_only=True)],
        tags=["Posts"],
    )
    def patch(self, request: Request, post_id: UUID) -> Response:
        given = PostChange(data=request.data, partial=True)
        with transaction.atomic():
            post = get_object_or_404(Post.objects.select_for_update(), pk=post_id)
            must_match(request, _tag(post))
            given.is_valid(raise_exception=True)
            _may_change_what_goes_out(request, post)
            now = timezone.now()
            try:
                changes = dict(given.validated_data)
                post = save_draft(post=post, version=post.version, **changes, by=self.actor, now=now)
            except Conflict:
                raise changed_meanwhile() from None
            services.apply_edit(post=post, by=self.actor, now=now)
        return tagged(request, _whole(post), _tag(post))

    @extend_schema(
        operation_id="posts_delete",
        summary="Delete a draft",
        description="For good, with what was planned of it and cancelled. 409 when a publication of it is scheduled"
        " (cancel it first), asks a question, or was ever sent: that stays in history. 409 also while it repeats.",
        responses={204: None},
        tags=["Posts"],
    )
    def delete(self, request: Request, post_id: UUID) -> Response:
        post = get_object_or_404(Post, pk=post_id)
        services.discard(post=post, by=self.actor, now=timezone.now())
        return Response(status=204)


def _may_change_what_goes_out(request: Request, post: Post) -> None:
    """A key that may only compose, or that is for tests, edits drafts; scheduled words are publishing."""
    key = request.auth
    if not isinstance(key, ApiKey) or not Publication.objects.filter(post=post, state__in=OPEN).exists():
        return
    must_have(key, Can.PUBLISH)
    if not key.live:
        raise Refused(
            _(
                "This post is scheduled and this is a test key, which changes nothing at Facebook or Instagram."
            ),
            code="test_key",
            status=403,
        )


class MoveIn(Given):
    publish_at = serializers.DateTimeField(help_text="RFC 3339 with its offset.")


class _OfPublication(TenantAPIView):
    def publication(self, publication_id: UUID) -> Publication:
        rows = Publication.objects.select_related("channel", "post")
        return get_object_or_404(rows, pk=publication_id)

    def shown(self, publication: Publication) -> Response:
        fresh = self.publication(publication.pk)
        context = {"now": timezone.now(), "numbers": queries.latest_numbers([fresh.pk])}
        return Response(PublicationOut(fresh, context=context).data)


class Reschedule(_OfPublication):
    can: ClassVar[dict[str, Can]] = {"POST": Can.PUBLISH}

    @extend_schema(
        operation_id="publications_reschedule",
        summary="Another time",
        description="Also for one that was taken back. 409 when it is being sent or is out.",
        request=MoveIn,
        responses=PublicationOut,
        tags=["Publications"],
    )
    def post(self, request: Request, publication_id: UUID) -> Response:
        publication = self.publication(publication_id)
        given = MoveIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = given.validated_data["publish_at"]
        services.reschedule(publication=publication, publish_at=at, by=self.actor, now=timezone.now())
        return self.shown(publication)


class Retry(_OfPublication):
    can: ClassVar[dict[str, Can]] = {"POST": Can.PUBLISH}

    @extend_schema(
        operation_id="publications_retry",
        summary="Try again what failed or was held",
        description="After whatever stopped it was put right. What may be visible already is never sent again.",
        request=None,
        responses=PublicationOut,
        tags=["Publications"],
    )
    def post(self, request: Request, publication_id: UUID) -> Response:
        publication = self.publication(publication_id)
        services.retry(publication=publication, by=self.actor, now=timezone.now())
        return self.shown(publication)


class AnswerIn(Given):
    answer = serializers.ChoiceField(
        choices=["there", "again", "let_go", "look"],
        help_text="“there”: it is on the page. “again”: it is not, post it. “let_go”: leave it."
        " “look”: let us look once more.",
    )


class Answer(_OfPublication):
    can: ClassVar[dict[str, Can]] = {"POST": Can.PUBLISH}

    @extend_schema(
        operation_id="publications_answer",
        summary="Say what the page shows",
        description="When we cannot find out whether a post is visible we ask instead of posting twice.",
        request=AnswerIn,
        responses=PublicationOut,
        tags=["Publications"],
    )
    def post(self, request: Request, publication_id: UUID) -> Response:
        publication = self.publication(publication_id)
        given = AnswerIn(data=request.data)
        given.is_valid(raise_exception=True)
        answer = given.validated_data["answer"]
        services.answer_doubt(publication=publication, answer=answer, by=self.actor, now=timezone.now())
        return self.shown(publication)


class MeasuredOut(serializers.ModelSerializer):
    metric = serializers.CharField(help_text="likes, comments, shares, reach, views, saves ...")

    class Meta:
        model = Insight
        fields = ("metric", "value", "measured_at")


class MeasuredPages(CursorPages):
    field = "measured_at"


class Measured(_OfPublication):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="publications_insights",
        summary="Its numbers over time",
        description="Newest first. What was never measured is absent, which is not zero.",
        parameters=[OpenApiParameter("metric", str)],
        responses=MeasuredOut(many=True),
        tags=["Publications"],
    )
    def get(self, request: Request, publication_id: UUID) -> Response:
        rows = Insight.objects.filter(publication=self.publication(publication_id))
        metric = request.query_params.get("metric")
        if metric is not None:
            rows = rows.filter(metric=serializers.CharField(max_length=60).run_validation(metric))
        pages = MeasuredPages()
        found = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response(MeasuredOut(found, many=True).data)


def _tag(post: Post) -> str:
    return etag(post.version)


urlpatterns = [
    path("posts/<uuid:post_id>", OnePost.as_view(), name="api_post"),
    path(
        "publications/<uuid:publication_id>/reschedule",
        Reschedule.as_view(),
        name="api_publication_reschedule",
    ),
    path("publications/<uuid:publication_id>/answer", Answer.as_view(), name="api_publication_answer"),
    path("publications/<uuid:publication_id>/retry", Retry.as_view(), name="api_publication_retry"),
    path("publications/<uuid:publication_id>/insights", Measured.as_view(), name="api_publication_insights"),
]
