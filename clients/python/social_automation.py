"""Client of the Social Automation API, version 1.0.0. Made by `manage.py openapi`; do not edit.

    from social_automation import Client

    api = Client("https://social.example/api/v1", "sk_live_...")
    for account in api.all(api.accounts_list_own):
        print(account["name"])

Only the standard library is used. A POST without an `idempotency_key` gets a random one, so that a repeat after
a cut line has one effect; 429 and 503 are waited for and repeated up to `retries` times.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NotRequired, TypedDict

__all__ = ["Client", "Problem", "verify_webhook"]


class Problem(Exception):
    """What the API refused (RFC 9457). Decide by `code`; `detail` says what to do."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body.get("detail", ""))
        self.status = status
        self.code: str = body.get("code", "")
        self.detail: str = body.get("detail", "")
        self.request_id: str = body.get("request_id", "")
        self.retryable: bool = bool(body.get("retryable", False))
        self.errors: list[dict[str, str]] = body.get("errors", [])


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str, *, tolerance: int = 300) -> Any:
    """The event of a webhook that is ours and fresh (Standard Webhooks); ValueError otherwise."""
    given = {name.lower(): value for name, value in headers.items()}
    stamp = given["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > tolerance:
        raise ValueError("too old")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{given['webhook-id']}.{stamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(wanted, one) for one in given["webhook-signature"].split(" ")):
        raise ValueError("not signed with this secret")
    return json.loads(body)


class AccountOut(TypedDict):
    id: str
    platform: PlatformEnum
    platform_id: str
    name: str
    username: str
    picture_url: str
    page_id: str | None
    state: AccountOutStateEnum
    reason: str
    url: str
    connected_at: str


AccountOutStateEnum = Literal["active", "paused", "needs_reconnect", "disconnected"]


class AccountRef(TypedDict):
    id: str
    platform: str
    name: str


class AmountOut(TypedDict):
    value: int | None
    before: int | None
    change_percent: int | None
    known: int
    posts: int


AnswerEnum = Literal["there", "again", "let_go", "look"]


class AnswerInRequest(TypedDict):
    answer: AnswerEnum


class ApproveInRequest(TypedDict):
    tenant_id: NotRequired[str]
    post_ids: NotRequired[list[str]]


class ApproveOut(TypedDict):
    scheduled: int
    refused: int
    posts: list[ApprovedOut]


class ApprovedOut(TypedDict):
    id: str
    publication_ids: list[str]
    refused: str
    code: str


class AssetOut(TypedDict):
    id: str
    kind: AssetOutKindEnum
    state: AssetOutStateEnum
    reason: str
    title: str
    alt_text: str
    description: str
    credit: str
    tags: list[str]
    season: SeasonEnum | Literal[""]
    favourite: bool
    folder_id: str | None
    menu_item_id: str | None
    filename: str
    mime: str
    bytes: int
    sha256: str
    version: int
    width: int | None
    height: int | None
    duration: float | None
    focal_x: float
    focal_y: float
    use_count: int
    last_used_at: str | None
    uploaded_by: str
    created_at: str
    renditions: list[RenditionOut]
    duplicate: bool


AssetOutKindEnum = Literal["photo", "video"]


class AssetOutPage(TypedDict):
    data: list[AssetOut]
    next_cursor: str | None


AssetOutStateEnum = Literal["processing", "ready", "refused"]


class AssetUploadRequest(TypedDict):
    file: str
    tags: NotRequired[str]
    title: NotRequired[str]


class AttemptOut(TypedDict):
    at: str
    milliseconds: int
    status: int | None
    outcome: OutcomeEnum
    answer: str


class BestTimeOut(TypedDict):
    weekday: int
    hour: int
    hours: int
    posts: int
    reach: int
    percent: int


BlankEnum = Literal[""]

BrandModeEnum = Literal["ai", "mixed", "templates"]


class BrandOut(TypedDict):
    description: str
    cuisine: str
    city: str
    audience: str
    voice: str
    tone: ToneEnum
    words_to_use: list[str]
    words_to_avoid: list[str]
    emoji: EmojiEnum
    hashtags: list[str]
    hashtag_limit: int
    languages: list[str]
    call_to_action: str
    links: list[str]
    mode: BrandModeEnum
    version: int
    updated_by: str
    updated_at: str


CalendarApprovalEnum = Literal["required", "optional", "none"]

CalendarDayStatusEnum = Literal["waiting", "writing", "written", "failed", "skipped", "approved"]

CalendarInApprovalEnum = Literal["required", "optional"]


class CalendarInRequest(TypedDict):
    tenant_id: NotRequired[str]
    month: str
    count: NotRequired[int]
    account_ids: NotRequired[list[str]]
    weekly_times: NotRequired[list[WeekTimesInRequest]]
    blackout_days: NotRequired[list[str]]
    campaign: NotRequired[str]
    campaign_days: NotRequired[list[str]]
    mix: NotRequired[dict[str, float]]
    mode: NotRequired[CalendarModeEnum]
    approval: NotRequired[CalendarInApprovalEnum]


CalendarModeEnum = Literal["ai", "mixed", "templates"]


class CalendarOut(TypedDict):
    id: str
    status: CalendarStatusEnum
    finished: bool
    first_day: str
    last_day: str
    timezone: str
    count: int
    mode: CalendarModeEnum
    approval: CalendarApprovalEnum
    account_ids: list[str]
    notes: list[str]
    estimate_usd: str
    cost_usd: str
    progress: ProgressOut
    created_at: str
    finished_at: str | None


class CalendarOutPage(TypedDict):
    data: list[CalendarOut]
    next_cursor: str | None


class CalendarPostOut(TypedDict):
    id: str
    publish_at: str
    status: CalendarDayStatusEnum
    kind: CalendarPostOutKindEnum
    reason: str
    occasion: str
    caption: str | None
    post_id: str | None
    menu_item_id: str | None
    asset_id: str | None
    photo_note: str
    generation_id: str | None
    error: str


CalendarPostOutKindEnum = Literal[
    "product", "promotion", "weekend", "question", "thanks", "behind", "special", "seasonal"
]

CalendarStatusEnum = Literal["planning", "writing", "ready", "cancelled"]


class CalendarWholeOut(TypedDict):
    id: str
    status: CalendarStatusEnum
    finished: bool
    first_day: str
    last_day: str
    timezone: str
    count: int
    mode: CalendarModeEnum
    approval: CalendarApprovalEnum
    account_ids: list[str]
    notes: list[str]
    estimate_usd: str
    cost_usd: str
    progress: ProgressOut
    created_at: str
    finished_at: str | None
    posts: list[CalendarPostOut]


class ChannelDayOut(TypedDict):
    day: str
    followers: int | None
    reach: int | None
    views: int | None


class CreateInRequest(TypedDict):
    tenant_id: NotRequired[str]
    account_id: NotRequired[str]
    account_ids: NotRequired[list[str]]
    platform: NotRequired[PlatformNameEnum]
    caption: NotRequired[str]
    captions: NotRequired[dict[str, str]]
    asset_ids: NotRequired[list[str]]
    image_url: NotRequired[str]
    link: NotRequired[str]
    first_comment: NotRequired[str]
    place: NotRequired[PlaceInRequest | None]
    alt_texts: NotRequired[dict[str, str]]
    people: NotRequired[dict[str, list[PersonInRequest]]]
    draft: NotRequired[bool]


class DayOut(TypedDict):
    day: str
    posts: int
    reach: int | None
    engagement: int | None


class DeliveryOut(TypedDict):
    id: str
    event_id: str
    type: str
    state: WebhookDeliveryStateEnum
    tries: int
    last_status: int | None
    next_at: str | None
    created_at: str
    done_at: str | None


class DeliveryOutPage(TypedDict):
    data: list[DeliveryOut]
    next_cursor: str | None


class DeliveryWholeOut(TypedDict):
    id: str
    event_id: str
    type: str
    state: WebhookDeliveryStateEnum
    tries: int
    last_status: int | None
    next_at: str | None
    created_at: str
    done_at: str | None
    body: str
    attempts: list[AttemptOut]


DisabledBecauseEnum = Literal["owner", "failing", "gone"]


class DisconnectOut(TypedDict):
    account_id: str
    waiting_posts: int
    first_waiting_at: str | None
    last_of_login: bool
    consequences: list[str]


class DishFieldsRequest(TypedDict):
    name: str
    section: NotRequired[str]
    description: NotRequired[str]
    price: NotRequired[str | None]
    currency: NotRequired[str]
    allergens: NotRequired[list[str]]
    available: NotRequired[bool]
    asset_id: NotRequired[str | None]
    season_from: NotRequired[int | None]
    season_to: NotRequired[int | None]


class DishOut(TypedDict):
    id: str
    name: str
    section: str
    description: str
    price: str | None
    currency: str
    allergens: list[str]
    available: bool
    unavailable_since: str | None
    asset_id: str | None
    season_from: int | None
    season_to: int | None
    created_at: str
    updated_at: str


class DishOutPage(TypedDict):
    data: list[DishOut]
    next_cursor: str | None


EmojiEnum = Literal["none", "some", "many"]

EventsEnum = Literal[
    "publication.published",
    "publication.needs_owner",
    "publication.failed",
    "channel.needs_reconnect",
    "generation.finished",
    "calendar.ready",
    "*",
]

EveryEnum = Literal["week", "month"]


class ExchangeOut(TypedDict):
    number: int
    purpose: str
    sent_at: str
    received_at: str | None
    model: str
    request: dict[str, Any]
    response: dict[str, Any] | None
    error: str | None
    error_text: str | None
    tokens_in: int
    tokens_out: int
    latency_ms: int


FixEnum = Literal["reconnect", "resume"]


class FolderInRequest(TypedDict):
    tenant_id: NotRequired[str]
    name: str
    parent_id: NotRequired[str | None]


class FolderOut(TypedDict):
    id: str
    name: str
    parent_id: str | None
    path: str
    assets: int
    assets_below: int


class FolderOutPage(TypedDict):
    data: list[FolderOut]
    next_cursor: str | None


class GenerateInRequest(TypedDict):
    tenant_id: NotRequired[str]
    platform: PlatformEnum
    tone: NotRequired[ToneEnum]
    restaurant_name: NotRequired[str]
    restaurant_description: NotRequired[str]
    item_name: NotRequired[str]
    item_description: NotRequired[str]
    menu_item_id: NotRequired[str | None]
    asset_ids: NotRequired[list[str]]
    occasion: NotRequired[str]
    note: NotRequired[str]
    angle: NotRequired[str]
    publish_at: NotRequired[str | None]
    language: NotRequired[str]
    variants: NotRequired[int]
    kind: NotRequired[GenerationKindEnum]
    text: NotRequired[str]


GenerationKindEnum = Literal[
    "caption", "shorten", "lengthen", "translate", "retone", "hashtags", "alt_text", "strategy"
]


class GenerationOut(TypedDict):
    id: str
    status: GenerationStatusEnum
    kind: GenerationKindEnum
    platform: PlatformEnum
    tone: ToneEnum
    caption: str | None
    hashtags: list[str]
    variants: list[VariantOut]
    source: SourceEnum | None
    reason: ReasonOut | None
    outcome: str | None
    model: str | None
    prompt_version: str
    tokens_in: int
    tokens_out: int
    latency_ms: int
    attempts: int
    cost_usd: NotRequired[str]
    menu_item_id: str | None
    used_by_post_id: str | None
    created_by: str
    created_at: str
    answered_at: str | None


class GenerationOutPage(TypedDict):
    data: list[GenerationOut]
    next_cursor: str | None


GenerationStatusEnum = Literal["pending", "claimed", "answered", "failed"]


class GenerationWholeOut(TypedDict):
    id: str
    status: GenerationStatusEnum
    kind: GenerationKindEnum
    platform: PlatformEnum
    tone: ToneEnum
    caption: str | None
    hashtags: list[str]
    variants: list[VariantOut]
    source: SourceEnum | None
    reason: ReasonOut | None
    outcome: str | None
    model: str | None
    prompt_version: str
    tokens_in: int
    tokens_out: int
    latency_ms: int
    attempts: int
    cost_usd: NotRequired[str]
    menu_item_id: str | None
    used_by_post_id: str | None
    created_by: str
    created_at: str
    answered_at: str | None
    brief: dict[str, Any]
    exchanges: list[ExchangeOut]


class KeyOut(TypedDict):
    id: str
    name: str
    prefix: str
    live: NotRequired[bool]
    scopes: list[str]
    allowed: list[str]
    tenant_id: str | None
    partner: NotRequired[str | None]
    restaurants: int
    restaurants_max: NotRequired[int]
    created_at: str
    expires_at: NotRequired[str | None]
    last_used_at: NotRequired[str | None]


class KindOut(TypedDict):
    platform: str
    kind: str
    posts: int
    reach: int | None
    reach_of_one_post: int | None


class LimitsOut(TypedDict):
    requests_per_hour: int
    posts_per_day: int


class MeasuredOut(TypedDict):
    metric: str
    value: int
    measured_at: str


class MeasuredOutPage(TypedDict):
    data: list[MeasuredOut]
    next_cursor: str | None


class MoveInRequest(TypedDict):
    publish_at: str


NullEnum = Any

OutcomeEnum = Literal["delivered", "refused", "unreachable", "timeout", "unsafe", "gone", "unsigned"]


class PaginatedAccountOutList(TypedDict):
    data: list[AccountOut]
    next_cursor: str | None


class PaginatedTenantOutList(TypedDict):
    data: list[TenantOut]
    next_cursor: str | None


class PatchedAssetInRequest(TypedDict):
    title: NotRequired[str]
    alt_text: NotRequired[str]
    description: NotRequired[str]
    credit: NotRequired[str]
    tags: NotRequired[list[str]]
    season: NotRequired[SeasonEnum | Literal[""]]
    favourite: NotRequired[bool]
    folder_id: NotRequired[str | None]
    focal_x: NotRequired[float]
    focal_y: NotRequired[float]


class PatchedBrandFieldsRequest(TypedDict):
    description: NotRequired[str]
    cuisine: NotRequired[str]
    city: NotRequired[str]
    audience: NotRequired[str]
    voice: NotRequired[str]
    tone: NotRequired[ToneEnum]
    words_to_use: NotRequired[list[str]]
    words_to_avoid: NotRequired[list[str]]
    emoji: NotRequired[EmojiEnum]
    hashtags: NotRequired[list[str]]
    hashtag_limit: NotRequired[int]
    languages: NotRequired[list[str]]
    call_to_action: NotRequired[str]
    links: NotRequired[list[str]]
    mode: NotRequired[BrandModeEnum]


class PatchedDishFieldsRequest(TypedDict):
    name: NotRequired[str]
    section: NotRequired[str]
    description: NotRequired[str]
    price: NotRequired[str | None]
    currency: NotRequired[str]
    allergens: NotRequired[list[str]]
    available: NotRequired[bool]
    asset_id: NotRequired[str | None]
    season_from: NotRequired[int | None]
    season_to: NotRequired[int | None]


class PatchedFolderInRequest(TypedDict):
    tenant_id: NotRequired[str]
    name: NotRequired[str]
    parent_id: NotRequired[str | None]


class PatchedPostChangeRequest(TypedDict):
    caption: NotRequired[str]
    captions: NotRequired[dict[str, str]]
    link: NotRequired[str]
    asset_ids: NotRequired[list[str]]


class PatchedWebhookChangeRequest(TypedDict):
    url: NotRequired[str]
    events: NotRequired[list[EventsEnum]]
    description: NotRequired[str]
    enabled: NotRequired[bool]


class PersonInRequest(TypedDict):
    username: str
    x: NotRequired[float]
    y: NotRequired[float]


class PlaceInRequest(TypedDict):
    id: str
    name: NotRequired[str]


PlanEnum = Literal["basic", "pro", "enterprise"]

PlatformEnum = Literal["facebook", "instagram"]

PlatformNameEnum = Literal["facebook", "instagram"]

PostApprovalEnum = Literal["draft", "needs_approval", "approved"]


class PostOut(TypedDict):
    id: str
    caption: str
    approval: str
    publications: list[PublicationOut]
    warnings: list[WarningOut]


PostStatusEnum = Literal[
    "draft", "needs_approval", "scheduled", "publishing", "published", "needs_you", "failed"
]


class PostWholeOut(TypedDict):
    id: str
    version: int
    caption: str
    captions: dict[str, str]
    link: str
    asset_ids: list[str]
    approval: PostApprovalEnum
    created_by: str
    created_at: str
    updated_at: str
    publications: list[PublicationOut]


class ProblemError(TypedDict):
    pointer: str
    detail: str
    code: str


class ProgressOut(TypedDict):
    done: int
    total: int
    failed: int
    current: str | None
    log: list[str]


class PublicationOut(TypedDict):
    id: str
    post_id: str
    account: AccountRef
    status: PostStatusEnum
    reason: str
    caption: str
    publish_at: str
    timezone: str
    published_at: str | None
    permalink: str
    platform_post_id: str
    engagement: dict[str, int]
    created_at: str


class PublicationOutPage(TypedDict):
    data: list[PublicationOut]
    next_cursor: str | None


class ReasonOut(TypedDict):
    code: str
    text: str


class RecoverInRequest(TypedDict):
    since: str


class RecoverOut(TypedDict):
    queued: int


class RecurrenceInRequest(TypedDict):
    account_ids: list[str]
    every: EveryEnum
    days: list[int]
    time: str
    ends_on: NotRequired[str | None]
    max_times: NotRequired[int | None]
    tenant_id: NotRequired[str]
    post_id: str
    starts_on: NotRequired[str]


class RecurrenceOut(TypedDict):
    id: str
    post_id: str
    account_ids: list[str]
    status: RepeatingStatusEnum
    every: EveryEnum
    days: list[int]
    time: str
    starts_on: str
    ends_on: NotRequired[str | None]
    max_times: int | None
    description: str
    created_at: str


class RecurrenceOutPage(TypedDict):
    data: list[RecurrenceOut]
    next_cursor: str | None


class RecurrenceRuleInRequest(TypedDict):
    account_ids: list[str]
    every: EveryEnum
    days: list[int]
    time: str
    ends_on: NotRequired[str | None]
    max_times: NotRequired[int | None]


class RenditionOut(TypedDict):
    kind: str
    mime: str
    width: int
    height: int
    bytes: int
    url: str


RepeatingStatusEnum = Literal["running", "paused", "over"]


class ScheduleInRequest(TypedDict):
    tenant_id: NotRequired[str]
    account_id: NotRequired[str]
    account_ids: NotRequired[list[str]]
    platform: NotRequired[PlatformNameEnum]
    caption: NotRequired[str]
    captions: NotRequired[dict[str, str]]
    asset_ids: NotRequired[list[str]]
    image_url: NotRequired[str]
    link: NotRequired[str]
    first_comment: NotRequired[str]
    place: NotRequired[PlaceInRequest | None]
    alt_texts: NotRequired[dict[str, str]]
    people: NotRequired[dict[str, list[PersonInRequest]]]
    draft: NotRequired[bool]
    post_id: NotRequired[str]
    publish_at: NotRequired[str]
    when: NotRequired[WhenEnum]


SeasonEnum = Literal["spring", "summer", "autumn", "winter", "holidays"]


class SecretOut(TypedDict):
    secret: str
    old_secret_ends_at: str


class SlotOut(TypedDict):
    weekday: int
    time: str


class SlotOutRequest(TypedDict):
    weekday: int
    time: str


SourceEnum = Literal["ai", "template"]


class StoryOut(TypedDict):
    id: str
    post_id: str
    account: AccountRef
    status: PostStatusEnum
    reason: str
    caption: str
    publish_at: str
    timezone: str
    published_at: str | None
    permalink: str
    platform_post_id: str
    engagement: dict[str, int]
    created_at: str
    timeline: list[TransitionOut]


class SummaryOut(TypedDict):
    first: str
    last: str
    timezone: str
    account_id: str | None
    updated_at: str | None
    totals: dict[str, AmountOut]
    days: list[DayOut]
    kinds: list[KindOut]
    channel_days: list[ChannelDayOut]
    best_times: list[BestTimeOut]
    best_times_sample: int


class TenantInRequest(TypedDict):
    name: str
    timezone: NotRequired[str]
    country: NotRequired[str]
    language: NotRequired[str]
    plan: NotRequired[PlanEnum]
    slug: NotRequired[str]


class TenantOut(TypedDict):
    id: str
    slug: str
    name: str
    timezone: str
    country: str
    language: str
    plan: PlanEnum
    paused: bool
    limits: LimitsOut
    created_at: str


class TokenHealthOut(TypedDict):
    account_id: str
    state: TokenHealthOutStateEnum
    reason: str
    detail: str
    fix: FixEnum | Literal[""]
    expires_at: str | None
    data_access_expires_at: str | None
    checked_at: str | None
    next_check_at: str | None
    missing_permissions: list[str]
    affected_account_ids: list[str]


TokenHealthOutStateEnum = Literal[
    "healthy", "expiring", "needs_reconnect", "revoked", "paused", "disconnected"
]

ToneEnum = Literal["professional", "casual", "humorous", "promotional", "educational"]


class TransitionOut(TypedDict):
    at: str
    status: str
    reason: str
    by: str


class UploadOut(TypedDict):
    id: str
    size: int
    offset: int
    piece_bytes: int
    piece_urls: list[str]


class UploadStartRequest(TypedDict):
    filename: str
    size: int
    folder_id: NotRequired[str | None]
    tags: NotRequired[list[str]]
    title: NotRequired[str]
    replaces: NotRequired[str | None]


class VariantOut(TypedDict):
    caption: str
    text: str
    hashtags: list[str]
    angle: str
    similarity: int
    nearest_id: str | None


class VersionFileRequest(TypedDict):
    file: str


class VersionOut(TypedDict):
    number: int
    state: VersionOutStateEnum
    reason: str
    filename: str
    mime: str
    bytes: int
    width: int | None
    height: int | None
    sent_by: str
    file_at: str


class VersionOutPage(TypedDict):
    data: list[VersionOut]
    next_cursor: str | None


VersionOutStateEnum = Literal["current", "processing", "kept", "refused"]


class WarningOut(TypedDict):
    code: str
    sentence: str
    field: str
    account_id: str | None
    post_id: NotRequired[str | None]
    publication_id: NotRequired[str | None]


WebhookDeliveryStateEnum = Literal["waiting", "delivered", "failed"]


class WebhookInRequest(TypedDict):
    url: str
    events: NotRequired[list[EventsEnum]]
    description: NotRequired[str]
    tenant_id: NotRequired[str]


class WebhookMadeOut(TypedDict):
    id: str
    tenant_id: str | None
    url: str
    description: str
    events: list[EventsEnum]
    enabled: bool
    disabled_because: DisabledBecauseEnum | Literal[""]
    failing_since: str | None
    last_success_at: str | None
    created_at: str
    updated_at: str
    secret: str


class WebhookOut(TypedDict):
    id: str
    tenant_id: str | None
    url: str
    description: str
    events: list[EventsEnum]
    enabled: bool
    disabled_because: DisabledBecauseEnum | Literal[""]
    failing_since: str | None
    last_success_at: str | None
    created_at: str
    updated_at: str


class WebhookOutPage(TypedDict):
    data: list[WebhookOut]
    next_cursor: str | None


class WeekInRequest(TypedDict):
    slots: list[SlotOutRequest]


class WeekOut(TypedDict):
    account_id: str
    timezone: str
    slots: list[SlotOut]
    next_free_at: str | None


class WeekTimesInRequest(TypedDict):
    weekday: int
    times: list[str]


WhenEnum = Literal["next_slot"]


class Client:
    """One key. `tenant_id` is sent with every call when a partner's key works for several restaurants."""

    def __init__(
        self, base_url: str, key: str, *, tenant_id: str = "", timeout: float = 60.0, retries: int = 2
    ) -> None:
        self.base_url = base_url.rstrip("/").removesuffix("/api/v1")
        self.key = key
        self.tenant_id = tenant_id
        self.timeout = timeout
        self.retries = retries
        self.etag = ""  # of the last answer: what the next edit's if_match wants
        self.rate_limit = ""  # of the last answer

    def all(self, method: Callable[..., Any], *args: Any, **filters: Any) -> Iterator[Any]:
        """Every row of a list, page by page: api.all(api.posts_history, tenant_id)."""
        cursor = None
        while True:
            page = method(*args, **filters, **({"cursor": cursor} if cursor else {}))
            yield from page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Any:
        """One call; the JSON of the answer, or None. Raises Problem."""
        sent = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        if self.tenant_id:
            sent["X-Tenant-Id"] = self.tenant_id
        sent |= {name: value for name, value in (headers or {}).items() if value is not None}
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        data = None
        if files is not None:
            data, sent["Content-Type"] = _multipart(body or {}, files)
        elif isinstance(body, bytes):
            data, sent["Content-Type"] = body, "application/octet-stream"
        elif body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        address = self.base_url + path + ("?" + urllib.parse.urlencode(wanted, doseq=True) if wanted else "")
        for attempt in range(self.retries + 1):
            asked = urllib.request.Request(address, data=data, headers=sent, method=method)  # noqa: S310
            try:
                with urllib.request.urlopen(asked, timeout=self.timeout) as answer:  # noqa: S310
                    self.etag = answer.headers.get("ETag", "")
                    self.rate_limit = answer.headers.get("RateLimit", "")
                    raw = answer.read()
                    return json.loads(raw) if raw else None
            except urllib.error.HTTPError as error:
                pause = error.headers.get("Retry-After", "")
                if (
                    error.code in (429, 503)
                    and attempt < self.retries
                    and pause.isdigit()
                    and int(pause) <= 60
                ):
                    time.sleep(int(pause))
                    continue
                raise Problem(error.code, _problem(error.read())) from None
        raise AssertionError("unreachable")

    def accounts_list_own(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> PaginatedAccountOutList:
        """List the connected accounts of your key's restaurant."""
        return self.request("GET", "/api/v1/accounts", query={"cursor": cursor, "limit": limit})

    def accounts_read(self, account_id: str) -> AccountOut:
        """One account."""
        return self.request("GET", f"/api/v1/accounts/{account_id}")

    def accounts_disconnect(self, account_id: str, *, dry_run: bool | None = None) -> DisconnectOut | None:
        """Disconnect an account."""
        return self.request("DELETE", f"/api/v1/accounts/{account_id}", query={"dry_run": dry_run})

    def accounts_slots_read(self, account_id: str) -> WeekOut:
        """Weekly times of an account."""
        return self.request("GET", f"/api/v1/accounts/{account_id}/slots")

    def accounts_slots_replace(self, account_id: str, body: WeekInRequest) -> WeekOut:
        """Replace the weekly times of an account."""
        return self.request("PUT", f"/api/v1/accounts/{account_id}/slots", body=body)

    def accounts_token_health(self, account_id: str) -> TokenHealthOut:
        """Will this account still work next week?."""
        return self.request("GET", f"/api/v1/accounts/{account_id}/token-health")

    def assets_search(
        self,
        *,
        favourite: Literal["1"] | None = None,
        kind: Literal["photo", "video"] | None = None,
        q: str | None = None,
        season: Literal["autumn", "holidays", "spring", "summer", "winter"] | None = None,
        shape: Literal["landscape", "portrait", "square"] | None = None,
        tag: list[str] | None = None,
        used: Literal["no"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AssetOutPage:
        """Search the library."""
        return self.request(
            "GET",
            "/api/v1/assets",
            query={
                "favourite": favourite,
                "kind": kind,
                "q": q,
                "season": season,
                "shape": shape,
                "tag": tag,
                "used": used,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def assets_upload_loose(
        self,
        filename: str,
        file: bytes,
        *,
        tags: str | None = None,
        title: str | None = None,
        idempotency_key: str | None = None,
    ) -> AssetOut:
        """Upload a photo or video outside all folders."""
        return self.request(
            "POST",
            "/api/v1/assets",
            body={k: v for k, v in {"tags": tags, "title": title}.items() if v is not None},
            files={"file": (filename, file)},
            headers={"Idempotency-Key": idempotency_key},
        )

    def uploads_start(self, body: UploadStartRequest, *, idempotency_key: str | None = None) -> UploadOut:
        """Start an upload in pieces."""
        return self.request(
            "POST", "/api/v1/assets/uploads", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def uploads_read(self, upload_id: str) -> UploadOut:
        """How much arrived."""
        return self.request("GET", f"/api/v1/assets/uploads/{upload_id}")

    def uploads_piece(self, upload_id: str, body: bytes, *, upload_offset: str | None = None) -> UploadOut:
        """Send the next piece."""
        return self.request(
            "PATCH",
            f"/api/v1/assets/uploads/{upload_id}",
            body=body,
            headers={"Upload-Offset": upload_offset},
        )

    def uploads_finish(self, upload_id: str, *, idempotency_key: str | None = None) -> AssetOut:
        """Finish an upload."""
        return self.request(
            "POST", f"/api/v1/assets/uploads/{upload_id}/finish", headers={"Idempotency-Key": idempotency_key}
        )

    def assets_read(self, asset_id: str) -> AssetOut:
        """One photo or video."""
        return self.request("GET", f"/api/v1/assets/{asset_id}")

    def assets_change(self, asset_id: str, body: PatchedAssetInRequest) -> AssetOut:
        """Describe, move, tag."""
        return self.request("PATCH", f"/api/v1/assets/{asset_id}", body=body)

    def assets_delete(self, asset_id: str) -> None:
        """Move to the trash (30 days)."""
        return self.request("DELETE", f"/api/v1/assets/{asset_id}")

    def versions_list(
        self, asset_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> VersionOutPage:
        """Files this photo has and had."""
        return self.request(
            "GET", f"/api/v1/assets/{asset_id}/versions", query={"limit": limit, "cursor": cursor}
        )

    def versions_replace(
        self,
        asset_id: str,
        filename: str,
        file: bytes,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        idempotency_key: str | None = None,
    ) -> VersionOutPage:
        """Replace the file, keep everything else."""
        return self.request(
            "POST",
            f"/api/v1/assets/{asset_id}/versions",
            files={"file": (filename, file)},
            query={"limit": limit, "cursor": cursor},
            headers={"Idempotency-Key": idempotency_key},
        )

    def versions_restore(self, asset_id: str, number: str, *, idempotency_key: str | None = None) -> AssetOut:
        """Bring an earlier file back."""
        return self.request(
            "POST",
            f"/api/v1/assets/{asset_id}/versions/{number}/restore",
            headers={"Idempotency-Key": idempotency_key},
        )

    def brand_read(self) -> BrandOut:
        """How the restaurant speaks."""
        return self.request("GET", "/api/v1/brand")

    def brand_change(self, body: PatchedBrandFieldsRequest, *, if_match: str) -> BrandOut:
        """Change how it speaks."""
        return self.request("PATCH", "/api/v1/brand", body=body, headers={"If-Match": if_match})

    def calendars_list(self, *, limit: int | None = None, cursor: str | None = None) -> CalendarOutPage:
        """Planned months."""
        return self.request("GET", "/api/v1/calendars", query={"limit": limit, "cursor": cursor})

    def calendars_create(self, body: CalendarInRequest, *, idempotency_key: str | None = None) -> CalendarOut:
        """Plan and write a month."""
        return self.request(
            "POST", "/api/v1/calendars", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def calendars_read(self, calendar_id: str) -> CalendarWholeOut:
        """One planned month: progress and posts."""
        return self.request("GET", f"/api/v1/calendars/{calendar_id}")

    def calendars_approve(
        self, calendar_id: str, body: ApproveInRequest, *, idempotency_key: str | None = None
    ) -> ApproveOut:
        """Approve posts of a planned month."""
        return self.request(
            "POST",
            f"/api/v1/calendars/{calendar_id}/approve",
            body=body,
            headers={"Idempotency-Key": idempotency_key},
        )

    def calendars_cancel(self, calendar_id: str, *, idempotency_key: str | None = None) -> CalendarOut:
        """Stop writing a month."""
        return self.request(
            "POST", f"/api/v1/calendars/{calendar_id}/cancel", headers={"Idempotency-Key": idempotency_key}
        )

    def folders_mine(self) -> FolderOutPage:
        """All folders of the key's restaurant."""
        return self.request("GET", "/api/v1/folders")

    def folders_create(self, body: FolderInRequest, *, idempotency_key: str | None = None) -> FolderOut:
        """Make a folder."""
        return self.request(
            "POST", "/api/v1/folders", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def folders_read(self, folder_id: str) -> FolderOut:
        """One folder."""
        return self.request("GET", f"/api/v1/folders/{folder_id}")

    def folders_change(self, folder_id: str, body: PatchedFolderInRequest) -> FolderOut:
        """Rename or move a folder."""
        return self.request("PATCH", f"/api/v1/folders/{folder_id}", body=body)

    def folders_delete(self, folder_id: str, *, move_to: str | None = None) -> None:
        """Delete a folder."""
        return self.request("DELETE", f"/api/v1/folders/{folder_id}", query={"move_to": move_to})

    def folder_assets(
        self,
        folder_id: str,
        *,
        favourite: Literal["1"] | None = None,
        kind: Literal["photo", "video"] | None = None,
        q: str | None = None,
        season: Literal["autumn", "holidays", "spring", "summer", "winter"] | None = None,
        shape: Literal["landscape", "portrait", "square"] | None = None,
        tag: list[str] | None = None,
        used: Literal["no"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AssetOutPage:
        """Photos and videos in a folder and below."""
        return self.request(
            "GET",
            f"/api/v1/folders/{folder_id}/assets",
            query={
                "favourite": favourite,
                "kind": kind,
                "q": q,
                "season": season,
                "shape": shape,
                "tag": tag,
                "used": used,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def assets_upload(
        self,
        folder_id: str,
        filename: str,
        file: bytes,
        *,
        tags: str | None = None,
        title: str | None = None,
        idempotency_key: str | None = None,
    ) -> AssetOut:
        """Upload a photo or video into a folder."""
        return self.request(
            "POST",
            f"/api/v1/folders/{folder_id}/assets",
            body={k: v for k, v in {"tags": tags, "title": title}.items() if v is not None},
            files={"file": (filename, file)},
            headers={"Idempotency-Key": idempotency_key},
        )

    def generations_list(
        self,
        *,
        kind: Literal[
            "alt_text", "caption", "hashtags", "lengthen", "retone", "shorten", "strategy", "translate"
        ]
        | None = None,
        platform: Literal["facebook", "instagram"] | None = None,
        source: Literal["ai", "template"] | None = None,
        status: Literal["answered", "claimed", "failed", "pending"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> GenerationOutPage:
        """Everything written for this restaurant."""
        return self.request(
            "GET",
            "/api/v1/generations",
            query={
                "kind": kind,
                "platform": platform,
                "source": source,
                "status": status,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def generations_read(self, generation_id: str) -> GenerationWholeOut:
        """How one caption was written."""
        return self.request("GET", f"/api/v1/generations/{generation_id}")

    def generations_again(self, generation_id: str, *, idempotency_key: str | None = None) -> GenerationOut:
        """One more caption with the same wishes."""
        return self.request(
            "POST", f"/api/v1/generations/{generation_id}/again", headers={"Idempotency-Key": idempotency_key}
        )

    def key_read(self) -> KeyOut:
        """What this key may do."""
        return self.request("GET", "/api/v1/key")

    def menu_list(
        self, *, available: bool | None = None, limit: int | None = None, cursor: str | None = None
    ) -> DishOutPage:
        """Dishes."""
        return self.request(
            "GET", "/api/v1/menu/items", query={"available": available, "limit": limit, "cursor": cursor}
        )

    def menu_create(self, body: DishFieldsRequest, *, idempotency_key: str | None = None) -> DishOut:
        """Add a dish."""
        return self.request(
            "POST", "/api/v1/menu/items", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def menu_read(self, item_id: str) -> DishOut:
        """One dish."""
        return self.request("GET", f"/api/v1/menu/items/{item_id}")

    def menu_change(self, item_id: str, body: PatchedDishFieldsRequest, *, if_match: str) -> DishOut:
        """Change a dish, take it off or put it back."""
        return self.request(
            "PATCH", f"/api/v1/menu/items/{item_id}", body=body, headers={"If-Match": if_match}
        )

    def menu_delete(self, item_id: str) -> None:
        """Remove a dish."""
        return self.request("DELETE", f"/api/v1/menu/items/{item_id}")

    def posts_create(self, body: CreateInRequest, *, idempotency_key: str | None = None) -> PostOut:
        """Publish a post now."""
        return self.request(
            "POST", "/api/v1/posts/create", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def posts_generate(self, body: GenerateInRequest, *, idempotency_key: str | None = None) -> GenerationOut:
        """Write a caption."""
        return self.request(
            "POST", "/api/v1/posts/generate", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def posts_repeat(self, body: RecurrenceInRequest, *, idempotency_key: str | None = None) -> RecurrenceOut:
        """Let a post come back."""
        return self.request(
            "POST", "/api/v1/posts/recurring", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def posts_schedule(self, body: ScheduleInRequest, *, idempotency_key: str | None = None) -> PostOut:
        """Schedule a post."""
        return self.request(
            "POST", "/api/v1/posts/schedule", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def posts_read(self, post_id: str) -> PostWholeOut:
        """One post."""
        return self.request("GET", f"/api/v1/posts/{post_id}")

    def posts_change(self, post_id: str, body: PatchedPostChangeRequest, *, if_match: str) -> PostWholeOut:
        """Change a post's words and pictures."""
        return self.request("PATCH", f"/api/v1/posts/{post_id}", body=body, headers={"If-Match": if_match})

    def posts_delete(self, post_id: str) -> None:
        """Delete a draft."""
        return self.request("DELETE", f"/api/v1/posts/{post_id}")

    def publications_get(self, publication_id: str) -> StoryOut:
        """One publication and its timeline."""
        return self.request("GET", f"/api/v1/publications/{publication_id}")

    def publications_answer(
        self, publication_id: str, body: AnswerInRequest, *, idempotency_key: str | None = None
    ) -> PublicationOut:
        """Say what the page shows."""
        return self.request(
            "POST",
            f"/api/v1/publications/{publication_id}/answer",
            body=body,
            headers={"Idempotency-Key": idempotency_key},
        )

    def publications_cancel(
        self, publication_id: str, *, idempotency_key: str | None = None
    ) -> PublicationOut:
        """Take a publication back."""
        return self.request(
            "POST",
            f"/api/v1/publications/{publication_id}/cancel",
            headers={"Idempotency-Key": idempotency_key},
        )

    def publications_insights(
        self,
        publication_id: str,
        *,
        metric: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> MeasuredOutPage:
        """Its numbers over time."""
        return self.request(
            "GET",
            f"/api/v1/publications/{publication_id}/insights",
            query={"metric": metric, "limit": limit, "cursor": cursor},
        )

    def publications_reschedule(
        self, publication_id: str, body: MoveInRequest, *, idempotency_key: str | None = None
    ) -> PublicationOut:
        """Another time."""
        return self.request(
            "POST",
            f"/api/v1/publications/{publication_id}/reschedule",
            body=body,
            headers={"Idempotency-Key": idempotency_key},
        )

    def publications_retry(
        self, publication_id: str, *, idempotency_key: str | None = None
    ) -> PublicationOut:
        """Try again what failed or was held."""
        return self.request(
            "POST",
            f"/api/v1/publications/{publication_id}/retry",
            headers={"Idempotency-Key": idempotency_key},
        )

    def posts_repeating_read(self, recurrence_id: str) -> RecurrenceOut:
        """One repeating post."""
        return self.request("GET", f"/api/v1/recurring/{recurrence_id}")

    def posts_repeating_change(self, recurrence_id: str, body: RecurrenceRuleInRequest) -> RecurrenceOut:
        """Change when and where a post comes back."""
        return self.request("PUT", f"/api/v1/recurring/{recurrence_id}", body=body)

    def posts_repeating_end(self, recurrence_id: str, *, idempotency_key: str | None = None) -> RecurrenceOut:
        """End a repeating post."""
        return self.request(
            "POST", f"/api/v1/recurring/{recurrence_id}/end", headers={"Idempotency-Key": idempotency_key}
        )

    def posts_repeating_pause(
        self, recurrence_id: str, *, idempotency_key: str | None = None
    ) -> RecurrenceOut:
        """Pause a repeating post."""
        return self.request(
            "POST", f"/api/v1/recurring/{recurrence_id}/pause", headers={"Idempotency-Key": idempotency_key}
        )

    def posts_repeating_resume(
        self, recurrence_id: str, *, idempotency_key: str | None = None
    ) -> RecurrenceOut:
        """Resume a repeating post."""
        return self.request(
            "POST", f"/api/v1/recurring/{recurrence_id}/resume", headers={"Idempotency-Key": idempotency_key}
        )

    def tenants_list(self, *, cursor: str | None = None, limit: int | None = None) -> PaginatedTenantOutList:
        """List the restaurants you work for."""
        return self.request("GET", "/api/v1/tenants", query={"cursor": cursor, "limit": limit})

    def tenants_create(self, body: TenantInRequest, *, idempotency_key: str | None = None) -> TenantOut:
        """Open a restaurant."""
        return self.request(
            "POST", "/api/v1/tenants", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def tenants_get(self, tenant_id: str) -> TenantOut:
        """Read one restaurant."""
        return self.request("GET", f"/api/v1/tenants/{tenant_id}")

    def accounts_list(
        self, tenant_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> PaginatedAccountOutList:
        """List a restaurant's connected accounts."""
        return self.request(
            "GET", f"/api/v1/tenants/{tenant_id}/accounts", query={"cursor": cursor, "limit": limit}
        )

    def folders_list(self, tenant_id: str) -> FolderOutPage:
        """All folders, parents first."""
        return self.request("GET", f"/api/v1/tenants/{tenant_id}/folders")

    def folders_init(self, tenant_id: str, *, idempotency_key: str | None = None) -> FolderOutPage:
        """Make the starter folders."""
        return self.request(
            "POST", f"/api/v1/tenants/{tenant_id}/init-folders", headers={"Idempotency-Key": idempotency_key}
        )

    def insights_summary(
        self,
        tenant_id: str,
        *,
        account_id: str | None = None,
        first: str | None = None,
        last: str | None = None,
    ) -> SummaryOut:
        """Numbers of a range, with the days before."""
        return self.request(
            "GET",
            f"/api/v1/tenants/{tenant_id}/insights",
            query={"account_id": account_id, "first": first, "last": last},
        )

    def posts_history(
        self,
        tenant_id: str,
        *,
        account_id: str | None = None,
        sort: Literal["comments", "interactions", "reach"] | None = None,
        status: Literal["all", "needs_you", "published", "scheduled", "taken_back"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> PublicationOutPage:
        """History with engagement."""
        return self.request(
            "GET",
            f"/api/v1/tenants/{tenant_id}/posts",
            query={
                "account_id": account_id,
                "sort": sort,
                "status": status,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def posts_repeating(
        self, tenant_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> RecurrenceOutPage:
        """Repeating posts."""
        return self.request(
            "GET", f"/api/v1/tenants/{tenant_id}/recurring", query={"limit": limit, "cursor": cursor}
        )

    def webhooks_list(self, *, limit: int | None = None, cursor: str | None = None) -> WebhookOutPage:
        """Addresses that are told."""
        return self.request("GET", "/api/v1/webhooks", query={"limit": limit, "cursor": cursor})

    def webhooks_create(
        self, body: WebhookInRequest, *, idempotency_key: str | None = None
    ) -> WebhookMadeOut:
        """Be told."""
        return self.request(
            "POST", "/api/v1/webhooks", body=body, headers={"Idempotency-Key": idempotency_key}
        )

    def webhooks_read(self, webhook_id: str) -> WebhookOut:
        """One address."""
        return self.request("GET", f"/api/v1/webhooks/{webhook_id}")

    def webhooks_change(
        self, webhook_id: str, body: PatchedWebhookChangeRequest, *, if_match: str
    ) -> WebhookOut:
        """Change it, switch it on or off."""
        return self.request(
            "PATCH", f"/api/v1/webhooks/{webhook_id}", body=body, headers={"If-Match": if_match}
        )

    def webhooks_delete(self, webhook_id: str) -> None:
        """Stop telling it."""
        return self.request("DELETE", f"/api/v1/webhooks/{webhook_id}")

    def webhook_deliveries_list(
        self,
        webhook_id: str,
        *,
        state: Literal["delivered", "failed", "waiting"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DeliveryOutPage:
        """What was sent there."""
        return self.request(
            "GET",
            f"/api/v1/webhooks/{webhook_id}/deliveries",
            query={"state": state, "limit": limit, "cursor": cursor},
        )

    def webhook_deliveries_read(self, delivery_id: str, webhook_id: str) -> DeliveryWholeOut:
        """One delivery with every try."""
        return self.request("GET", f"/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}")

    def webhook_deliveries_replay(
        self, delivery_id: str, webhook_id: str, *, idempotency_key: str | None = None
    ) -> DeliveryOut:
        """Send it again now."""
        return self.request(
            "POST",
            f"/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
            headers={"Idempotency-Key": idempotency_key},
        )

    def webhooks_recover(
        self, webhook_id: str, body: RecoverInRequest, *, idempotency_key: str | None = None
    ) -> RecoverOut:
        """Send again what was given up."""
        return self.request(
            "POST",
            f"/api/v1/webhooks/{webhook_id}/recover",
            body=body,
            headers={"Idempotency-Key": idempotency_key},
        )

    def webhooks_rotate_secret(self, webhook_id: str, *, idempotency_key: str | None = None) -> SecretOut:
        """A new signing secret."""
        return self.request(
            "POST", f"/api/v1/webhooks/{webhook_id}/secret", headers={"Idempotency-Key": idempotency_key}
        )

    def webhooks_test(self, webhook_id: str, *, idempotency_key: str | None = None) -> DeliveryOut:
        """Send a test event."""
        return self.request(
            "POST", f"/api/v1/webhooks/{webhook_id}/test", headers={"Idempotency-Key": idempotency_key}
        )


def _problem(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"detail": raw[:200].decode("utf-8", "replace")}


def _multipart(fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    edge = uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (filename, content) in files.items():
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
