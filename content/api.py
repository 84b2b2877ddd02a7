"""/api/v1/posts/generate and /api/v1/generations: captions for partners, and everything behind them."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django_tenants.utils import tenant_context
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from content import generating, services
from content.models import Generation
from content.serializing import generation_data
from content.services.writing import MOST_VARIANTS
from content.words import Kind, Platform, Source, State, Tone
from tenants.access import Can, has
from tenants.api_auth import caller_of
from tenants.api_base import TenantAPIView
from tenants.api_given import Given, one_of
from tenants.errors import Refused
from tenants.models import ApiKey, Membership
from tenants.paging import CursorPages

ANSWER_WITHIN = 25.0  # seconds a caller waits on the line; then 202 and the generation's address
_POLL = 0.25


class LenientChoice(serializers.ChoiceField):
    """“Instagram” is as good as “instagram”."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.strip().lower() if isinstance(data, str) else data)


class GenerateIn(Given):
    tenant_id = serializers.UUIDField(required=False)
    platform = LenientChoice(choices=Platform.choices)
    tone = LenientChoice(choices=Tone.choices, required=False, help_text="Default: the brand's usual tone.")
    restaurant_name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    restaurant_description = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    item_name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=120,
        help_text="An item of this name on the menu brings its price and availability along.",
    )
    item_description = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    menu_item_id = serializers.UUIDField(required=False, allow_null=True)
    asset_ids = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=10)
    occasion = serializers.CharField(required=False, allow_blank=True, max_length=200)
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=1000,
        help_text="A wish in your own words; offers belong here.",
    )
    angle = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="The idea to write from."
    )
    publish_at = serializers.DateTimeField(required=False, allow_null=True, help_text="When it will go out.")
    language = serializers.CharField(required=False, allow_blank=True, max_length=10)
    variants = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MOST_VARIANTS)
    kind = LenientChoice(choices=Kind.choices, required=False, default=Kind.CAPTION)
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=5000,
        help_text="The caption to shorten, translate, tag...",
    )


class ReasonOut(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()


class VariantOut(serializers.Serializer):
    caption = serializers.CharField(help_text="Ready to post, hashtags included.")
    text = serializers.CharField(help_text="Without the hashtags.")
    hashtags = serializers.ListField(child=serializers.CharField())
    angle = serializers.CharField()
    similarity = serializers.IntegerField(
        help_text="0-100, to the nearest earlier caption of this restaurant."
    )
    nearest_id = serializers.CharField(allow_null=True)


class GenerationOut(serializers.Serializer):
    """Documentation of content.serializing.generation_data."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=State.choices)
    kind = serializers.ChoiceField(choices=Kind.choices)
    platform = serializers.ChoiceField(choices=Platform.choices)
    tone = serializers.ChoiceField(choices=Tone.choices)
    caption = serializers.CharField(allow_null=True, help_text="The first variant; null until it is written.")
    hashtags = serializers.ListField(child=serializers.CharField())
    variants = VariantOut(many=True)
    source = serializers.ChoiceField(choices=Source.choices, allow_null=True)  # type: ignore[assignment]
    reason = ReasonOut(allow_null=True, help_text="Why templates wrote instead of the AI, or why it failed.")
    outcome = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    prompt_version = serializers.CharField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    latency_ms = serializers.IntegerField()
    attempts = serializers.IntegerField()
    cost_usd = serializers.CharField(required=False, help_text="With the scope “manage” only.")
    menu_item_id = serializers.UUIDField(allow_null=True)
    used_by_post_id = serializers.UUIDField(allow_null=True)
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class ExchangeOut(serializers.Serializer):
    number = serializers.IntegerField()
    purpose = serializers.CharField()
    sent_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)
    model = serializers.CharField()
    request = serializers.DictField(help_text="Method, url, headers and body as sent; the key is masked.")
    response = serializers.DictField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    error_text = serializers.CharField(allow_null=True)
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    latency_ms = serializers.IntegerField()


class GenerationWholeOut(GenerationOut):
    brief = serializers.DictField(help_text="The facts the words were made from.")
    exchanges = ExchangeOut(many=True)


EXAMPLE = OpenApiExample(
    "A caption for one item",
    request_only=True,
    value={
        "tenant_id": "9b2f7a34-6a52-4c58-8b7e-6f0f7f6f2a11",
        "platform": "instagram",
        "restaurant_name": "Krusty Pizza",
        "restaurant_description": "Neapolitan pizza from a wood-fired oven",
        "item_name": "Margherita",
        "item_description": "San Marzano tomatoes, fior di latte, basil",
        "tone": "casual",
    },
)


class Generate(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.COMPOSE}

    @extend_schema(
        operation_id="posts_generate",
        summary="Write a caption",
        description="Answers with the caption within 25 seconds, else with 202 and the generation to ask for"
        " later. When the AI is down, over budget or not set up, templates write from the same facts and"
        " `reason` says so. `kind` shorten, lengthen, translate, retone and hashtags work on `text`; `alt_text`"
        " describes the one photo in `asset_ids`, by a model that looks at it.",
        request=GenerateIn,
        responses={200: GenerationOut, 202: GenerationOut},
        examples=[EXAMPLE],
        tags=["Posts"],
    )
    def post(self, request: Request) -> Response:
        given = GenerateIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        facts = {name: data.get(name, "") for name in _FACTS}
        wanted = {
            "platform": data["platform"],
            "tone": data.get("tone", ""),
            "menu_item": data.get("menu_item_id"),
            "asset_ids": data.get("asset_ids", ()),
            "occasion": data.get("occasion", ""),
            "note": data.get("note", ""),
            "angle": data.get("angle", ""),
            "for_moment": data.get("publish_at"),
            "language": data.get("language", ""),
            "variants": data["variants"],
            "kind": data["kind"],
            "text": data.get("text", ""),
            "facts": facts if any(facts.values()) else None,
            "by": self.actor,
        }
        generation = (
            self._repeatable(request, wanted) if "Idempotency-Key" in request.headers else _write(wanted)
        )
        return _answer(self, request, generation)

    def _repeatable(self, request: Request, wanted: dict[str, Any]) -> Generation:
        """The same request again finds the same generation, also after a crash: nothing is paid for twice.

        Answers to such requests are stored inside one transaction (tenants/idempotency.py). A call to the model
        must be on record before it is made, and must not hold the month's row while it lasts: so the work is
        done on a connection of its own.
        """
        parts = (
            caller_of(request),
            self.tenant.pk,
            request.headers["Idempotency-Key"],
            request._request.body,
        )
        generation_id = uuid5(_SAME_REQUEST, repr(parts))

        def work() -> Generation:
            try:
                with tenant_context(self.tenant):
                    before = Generation.objects.filter(pk=generation_id).first()
                    return (
                        _on_the_line(before) if before else _write(wanted | {"generation_id": generation_id})
                    )
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as apart:
            return apart.submit(work).result()


def _answer(view: TenantAPIView, request: Request, generation: Generation) -> Response:
    if generation.state == State.FAILED:
        shown = generation_data(generation, money=False, exchanges=False)
        raise Refused(shown["reason"]["text"], code=generation.reason, status=503)
    body = generation_data(generation, money=_sees_money(view, request), exchanges=False)
    if generation.state == State.ANSWERED:
        return Response(body)
    return Response(body, status=202, headers={"Location": f"/api/v1/generations/{generation.pk}"})


_SAME_REQUEST = UUID("5b0c6f4e-3d6f-4d3a-9b1e-6a3e8c1f7a10")
_FACTS = ("restaurant_name", "restaurant_description", "item_name", "item_description")


def _write(wanted: dict[str, Any]) -> Generation:
    now = timezone.now()
    if wanted["kind"] != Kind.ALT_TEXT:
        return _on_the_line(services.request_caption(**wanted, wake=False, now=now))
    if len(wanted["asset_ids"]) != 1:
        raise Refused("Name one photo in asset_ids.", code="asset", field="asset_ids")
    return _on_the_line(
        services.request_alt_text(
            asset=wanted["asset_ids"][0],
            generation_id=wanted.get("generation_id"),
            wake=False,
            by=wanted["by"],
            now=now,
        )
    )


def _on_the_line(generation: Generation) -> Generation:
    """Write it here and now; when it has to wait (its turn, a busy vendor), look again until time is up."""
    until = time.monotonic() + ANSWER_WITHIN
    while generation.state in (State.PENDING, State.CLAIMED):
        taken = generating.run_generation(generation_id=generation.pk)
        generation = taken or Generation.objects.get(pk=generation.pk)
        soon = (generation.next_action_at - timezone.now()).total_seconds()
        if generation.state != State.PENDING or time.monotonic() + max(soon, _POLL) > until:
            break
        time.sleep(max(min(soon, 5.0), _POLL))
    return generation


FILTERS = [
    OpenApiParameter("status", str, enum=State.values),
    OpenApiParameter("source", str, enum=Source.values),
    OpenApiParameter("platform", str, enum=Platform.values),
    OpenApiParameter("kind", str, enum=Kind.values),
]


class Generations(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="generations_list",
        summary="Everything written for this restaurant",
        parameters=FILTERS,
        responses=GenerationOut(many=True),
        tags=["Generations"],
    )
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        rows = pages.paginate_queryset(_filtered(request), request, self)
        money = _sees_money(self, request)
        return pages.get_paginated_response([generation_data(r, money=money, exchanges=False) for r in rows])


class GenerationOne(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="generations_read",
        summary="How one caption was written",
        description="With the brief and every exchange with the model exactly as sent and received.",
        responses=GenerationWholeOut,
        tags=["Generations"],
    )
    def get(self, request: Request, generation_id: UUID) -> Response:
        row = get_object_or_404(Generation, pk=generation_id)
        if row.state in (State.PENDING, State.CLAIMED):
            row = services.nudge(generation=row, now=timezone.now())
        return Response(generation_data(row, money=_sees_money(self, request), exchanges=True))


class GenerationAgain(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.COMPOSE}

    @extend_schema(
        operation_id="generations_again",
        summary="One more caption with the same wishes",
        description="Written from today's menu and brand; it repeats nothing that was written before. Answers with 202"
        " and the new generation to ask for; at once where templates write.",
        request=None,
        responses={200: GenerationOut, 202: GenerationOut},
        tags=["Generations"],
    )
    def post(self, request: Request, generation_id: UUID) -> Response:
        before = get_object_or_404(Generation, pk=generation_id)
        # By a worker: a keyed request is one transaction, and a call to the model must be on record before it is made.
        made = services.regenerate(generation=before, by=self.actor, now=timezone.now())
        return _answer(self, request, made)


def _filtered(request: Request) -> "QuerySet[Generation]":
    rows = Generation.objects.all()
    for name, field, choices in (
        ("status", "state", State.values),
        ("source", "source", Source.values),
        ("platform", "platform", Platform.values),
        ("kind", "kind", Kind.values),
    ):
        if value := one_of(request, name, choices):
            rows = rows.filter(**{field: value})
    return rows


def _sees_money(view: TenantAPIView, request: Request) -> bool:
    if isinstance(request.auth, ApiKey):
        return Can.MANAGE in request.auth.scopes
    members = Membership.objects.filter(user_id=request.user.pk or 0, tenant=view.tenant)
    role = members.values_list("role", flat=True).first()
    return has(role, Can.MANAGE)


urlpatterns = [
    path("posts/generate", Generate.as_view(), name="posts_generate"),
    path("generations", Generations.as_view(), name="generations_list"),
    path("generations/<uuid:generation_id>/again", GenerationAgain.as_view(), name="generations_again"),
    path("generations/<uuid:generation_id>", GenerationOne.as_view(), name="generations_read"),
]
