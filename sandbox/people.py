"""Persons, their Pages and permissions: /me, /me/accounts, /me/businesses, /me/permissions, Page and app
nodes.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from sandbox import access, fields, listing, tokens, webhooks
from sandbox.call import Answer, Call, endpoint
from sandbox.errors import GraphError
from sandbox.fields import Want, view
from sandbox.store import Node, the_store

PAGE_DEFAULT = "access_token,category,category_list,name,id,tasks"


@endpoint("user", "GET", label="user.get", access="user")
def user_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "id,name"), call)


@view("user", "name", "first_name", "last_name")
def _names(node: Node, want: Want, call: Call) -> Any:
    first, _, last = str(node["name"]).partition(" ")
    return {"name": node["name"], "first_name": first, "last_name": last}[want.name]


@view("user", "email")
def _email(node: Node, want: Want, call: Call) -> Any:
    return node["email"] if call.allowed.has("email") else None


@view("user", "picture")
def _picture(node: Node, want: Want, call: Call) -> Any:
    return {"data": {"height": 50, "width": 50, "is_silhouette": False, "url": picture_url(node)}}


@view("page", "picture")
def _page_picture(node: Node, want: Want, call: Call) -> Any:
    return {"data": {"height": 50, "width": 50, "is_silhouette": False, "url": picture_url(node)}}


def picture_url(node: Node) -> str:
    return f"{settings.PUBLIC_URL}/avatar/{node.id}.png"


def _pages_page(call: Call, pages: list[Node]) -> Answer:
    """One page of Pages; cursors count rows, as the list is short."""
    limit, asked = listing.limit_of(call), listing.wants(call, PAGE_DEFAULT)
    marks = [listing.cursor(page, "seq") for page in pages]
    start = marks.index(call.required("after")) + 1 if call.text("after") in marks else 0
    if call.text("before") in marks:
        start = max(marks.index(call.required("before")) - limit, 0)
    shown = pages[start : start + limit]
    answer: Answer = {"data": [fields.project(page, asked, call) for page in shown]}
    if shown:
        answer["paging"] = {"cursors": {"before": marks[start], "after": marks[start + len(shown) - 1]}}
        if start + limit < len(pages):
            answer["paging"]["next"] = listing.next_url(call, answer["paging"]["cursors"]["after"])
        if start:
            answer["paging"]["previous"] = listing.next_url(
                call, answer["paging"]["cursors"]["before"], "before"
            )
    return answer


@endpoint("user", "GET", "accounts", label="user.accounts", access="user", scopes=("pages_show_list",))
def accounts(call: Call) -> Answer:
    """Pages the person shared; Pages of a portfolio are silently missing without business_management."""
    pages = access.visible_pages(call.target.id, call.allowed.has("business_management"))
    return _pages_page(call, [page for page in pages if page.id in call.allowed.pages])


@endpoint(
    "user", "GET", "businesses", label="user.businesses", access="user", scopes=("business_management",)
)
def businesses(call: Call) -> Answer:
    found = call.store.find("kind = 'business'", order="seq")
    mine = [b for b in found if call.target.id in (b["people"] or [])]
    return {"data": [fields.project(b, listing.wants(call, "id,name"), call) for b in mine]}


@endpoint("business", "GET", label="business.get", access="any")
def business_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "id,name"), call)


@view("business", "name")
def _business_name(node: Node, want: Want, call: Call) -> Any:
    return node["name"]


def _portfolio(call: Call, relation: str) -> Answer:
    if (
        call.token is None
        or call.token.kind != "USER"
        or call.token.person_id not in (call.target["people"] or [])
    ):
        raise GraphError(200, "(#200) Requires business_management permission to manage the object", http=403)
    call.require(
        "business_management",
        code=200,
        sentence="(#200) Requires business_management permission to manage the object",
    )
    pages = access.visible_pages(str(call.token.person_id), True)
    owned = [
        p
        for p in pages
        if p["business"] == call.target.id and (p["business_relation"] or "owned") == relation
    ]
    return _pages_page(call, [page for page in owned if page.id in call.allowed.pages])


@endpoint("business", "GET", "owned_pages", label="business.owned_pages", access="any")
def owned_pages(call: Call) -> Answer:
    return _portfolio(call, "owned")


@endpoint("business", "GET", "client_pages", label="business.client_pages", access="any")
def client_pages(call: Call) -> Answer:
    return _portfolio(call, "client")


@endpoint("user", "GET", "permissions", label="user.permissions", access="user")
def permissions(call: Call) -> Answer:
    only, status = call.text("permission"), call.text("status")
    return {
        "data": [
            {"permission": name, "status": state}
            for name, state in call.allowed.scopes.items()
            if only in (None, name) and status in (None, state)
        ]
    }


@endpoint("user", "DELETE", "permissions", label="user.permissions.delete", access="user")
def revoke(call: Call) -> Answer:
    """Without a name everything is revoked: all tokens of this person for this app die (458)."""
    grant, name = call.allowed, call.text("permission")
    if name:
        if name in grant.scopes:
            grant.scopes[name] = "declined"
            grant.save()
        return {"success": True}
    deauthorize(grant)
    return {"success": True}


def deauthorize(grant: tokens.Grant) -> None:
    """The person removed the app: forget the grant and tell the app's deauthorize address."""
    with the_store().tx() as db:
        db.execute("DELETE FROM grants WHERE app_id=? AND person_id=?", (grant.app_id, grant.person_id))
        webhooks.send_signed_request(grant.app_id, grant.person_id, "deauthorize_url")


# -- the Page as an object -------------------------------------------------------------------------
@endpoint("page", "GET", label="page.get", access="page_read")
def page_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "id,name"), call)


@view(
    "page",
    "name",
    "category",
    "about",
    "username",
    "website",
    "phone",
    "fan_count",
    "followers_count",
    "single_line_address",
    "description",
)
def _page_plain(node: Node, want: Want, call: Call) -> Any:
    return node[want.name]


@view("page", "category_list")
def _category_list(node: Node, want: Want, call: Call) -> Any:
    return [{"id": "273819889375819", "name": node["category"]}]


@view("page", "link")
def _link(node: Node, want: Want, call: Call) -> Any:
    return f"{settings.PUBLIC_URL}/p/{node['username'] or node.id}/"


@view("page", "is_published", "can_post", "has_added_app", "is_webhooks_subscribed")
def _page_flags(node: Node, want: Want, call: Call) -> Any:
    if want.name in ("has_added_app", "is_webhooks_subscribed"):
        return bool((node["subscribed"] or {}).get(call.bearer.app_id))
    return True


@view("page", "tasks")
def _tasks(node: Node, want: Want, call: Call) -> Any:
    return (node["roles"] or {}).get(call.bearer.person_id)


@view("page", "access_token")
def _access_token(node: Node, want: Want, call: Call) -> Any:
    """Only for a Page the person shared; a Page token gets itself back."""
    if call.bearer.kind == "PAGE":
        return call.bearer.token if call.bearer.page_id == node.id else None
    if call.bearer.kind != "USER" or node.id not in call.allowed.pages:
        return None
    return tokens.page_token(call.bearer, node.id).token


@view("page", "instagram_business_account", "connected_instagram_account")
def _instagram(node: Node, want: Want, call: Call) -> Any:
    """Absent (not null) when nothing is linked, or when the person did not share the account."""
    if want.name == "connected_instagram_account" and node["personal_ig"]:
        return {"id": node["personal_ig"]}
    account = call.store.get(str(node["ig"]), "ig_user") if node["ig"] else None
    if account is None or account.id not in call.allowed.igs or not call.allowed.has("instagram_basic"):
        return None
    return fields.project(account, want.sub or [Want("id")], call)


@view("page", "business", "owner_business")
def _business(node: Node, want: Want, call: Call) -> Any:
    business = call.store.get(str(node["business"]), "business") if node["business"] else None
    return {"id": business.id, "name": business["name"]} if business else None


@endpoint("app", "GET", label="app.get", access="any")
def app_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "id,name"), call)


@view("app", "name", "namespace")
def _app_name(node: Node, want: Want, call: Call) -> Any:
    return node["name"] if want.name == "name" else None
