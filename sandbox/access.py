"""Who may call what: Page tokens for Pages, the person's grant, their tasks, 90-day data access."""

from __future__ import annotations

from sandbox.call import Call, Endpoint
from sandbox.errors import GraphError, missing_object, permission
from sandbox.store import Node, the_store

FEED_SENTENCE = (
    "(#200) If posting to a group, requires app being installed in the group, and either publish_to_groups "
    "permission with user token, or both pages_read_engagement and pages_manage_posts permission with "
    "page token; If posting to a page, requires both pages_read_engagement and pages_manage_posts as an "
    "admin with sufficient administrative permission"
)


def page_of(node: Node) -> Node | None:
    """The Page behind a Page, post, photo, video, comment, Instagram account, media or container."""
    store = the_store()
    seen = node
    for _ in range(4):
        if seen.kind == "page":
            return seen
        if seen.kind == "ig_user":
            return store.get(str(seen["page"]), "page") if seen["page"] else None
        parent = store.get(seen.owner) if seen.owner else None
        if parent is None:
            return None
        seen = parent
    return None


def owner_of(node: Node) -> str | None:
    """The Page or Instagram account an object belongs to (for faults and the call log)."""
    store = the_store()
    seen: Node | None = node
    while seen is not None and seen.kind not in ("page", "ig_user"):
        seen = store.get(seen.owner) if seen.owner else None
    return seen.id if seen is not None else None


def visible_pages(person_id: str, business_management: bool) -> list[Node]:
    """The Pages a person has a role on; those of a portfolio only with business_management."""
    pages = the_store().find("kind = 'page'", order="seq")
    return [
        p for p in pages if person_id in (p["roles"] or {}) and (business_management or not p["business"])
    ]


def check(call: Call, end: Endpoint) -> None:
    """Raise as Graph would when this token may not use this endpoint."""
    if end.access == "any":
        return
    token = call.bearer
    if end.access == "app":
        if token.kind != "APP" or (call.target.kind == "app" and token.app_id != call.target.id):
            raise GraphError(
                15, "(#15) This method must be called with an app access_token.", type="OAuthException"
            )
        return
    if token.kind == "APP":
        raise GraphError(200, "(#200) This method requires a user or page access token.", http=403)
    if end.access == "user":
        if token.kind != "USER":
            raise missing_object(call.target.id, call.method)
        if call.target.id != token.person_id and call.target.kind == "user":
            raise missing_object(call.target.id, call.method)
        call.require(*end.scopes, code=200, sentence=_needs(end))
        return
    page = page_of(call.target)
    if page is None:
        raise missing_object(call.target.id, call.method)
    if token.kind == "PAGE" and token.page_id != page.id:
        raise missing_object(call.target.id, call.method)
    if token.person_id not in (page["roles"] or {}):
        raise missing_object(call.target.id, call.method)
    if end.access == "page" and token.kind != "PAGE":
        raise GraphError(210, "(#210) A page access token is required to request this resource.")
    if end.access == "ig":
        _check_instagram(call, page)
    elif page.id not in call.allowed.pages:
        raise permission("The person has not shared this Page with the app.", code=200)
    if end.label in ("page.feed.create", "page.photos.create", "post.update"):
        call.require(*end.scopes, code=200, sentence=FEED_SENTENCE)
    elif end.access == "ig":
        call.require(*end.scopes, sentence="(#10) Application does not have permission for this action")
    else:
        call.require(*end.scopes)
    if end.task and end.task not in page["roles"][token.person_id]:
        raise permission(f"The user must have the {end.task} task on this Page.", code=200)


def _needs(end: Endpoint) -> str:
    return f"(#200) Requires {' and '.join(end.scopes)} permission to manage the object"


def _check_instagram(call: Call, page: Node) -> None:
    linked = str(page["ig"] or "")
    wanted = call.owner
    if not linked or linked != wanted or linked not in call.allowed.igs:
        raise missing_object(call.target.id, call.method)
    # instagram_* permissions are not on Meta's list of those whose data access does not lapse after 90 days.
    if call.bearer.data_access_expires <= call.now:
        raise permission("Application does not have permission for this action", code=10)
