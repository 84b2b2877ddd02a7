"""Control verbs that change the pretend world: apps, persons, Pages, logins, tokens, what the public does."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from sandbox import access, clock, dialog, engagement, people, seed, tokens, webhooks
from sandbox.store import Node, the_store

Body = dict[str, Any]
At = dict[str, str]
VERBS: list[tuple[str, str, Callable[[HttpRequest, Body, At], Any]]] = []
FRIEND = {"id": "5550000000000001", "name": "Hungry Neighbour"}


def verb(method: str, pattern: str) -> Any:
    def register(function: Any) -> Any:
        VERBS.append((method, pattern, function))
        return function

    return register


def _need(node_id: Any, *kinds: str) -> Node:
    found = the_store().get(str(node_id), *kinds)
    if found is None:
        raise LookupError(f"no {' or '.join(kinds) or 'object'} with id {node_id}")
    return found


def _shown(node: Node) -> dict[str, Any]:
    return {"id": node.id, "kind": node.kind, "state": node.state, **node.data}


@verb("POST", "apps")
def add_app(request: HttpRequest, body: Body, at: At) -> Any:
    """{id?, secret?, name?, redirect_uris?, deauthorize_url?, deletion_url?, configurations?}: create or
    change an app.
    """
    app_id = str(body.pop("id", "") or the_store().new_id("10000", 16))
    current = the_store().get(app_id, "app")
    secret = str(body.pop("secret", "") or (current["secret"] if current else secrets.token_hex(16)))
    return _shown(seed.add_app(app_id, secret, **body))


@verb("GET", "apps")
def apps(request: HttpRequest, body: Body, at: At) -> Any:
    """The apps, with their secrets."""
    return {"apps": [_shown(n) for n in the_store().find("kind='app'", order="seq")]}


@verb("POST", "persons")
def add_person(request: HttpRequest, body: Body, at: At) -> Any:
    """{name, email?, id?}: a pretend Facebook user."""
    with the_store().tx():
        return _shown(seed.add_person(body.get("id"), body["name"], body.get("email", "")))


@verb("GET", "persons")
def persons(request: HttpRequest, body: Body, at: At) -> Any:
    """The pretend Facebook users."""
    return {"persons": [_shown(n) for n in the_store().find("kind='user'", order="seq")]}


@verb("POST", "pages")
def add_page(request: HttpRequest, body: Body, at: At) -> Any:
    """{name, person, ig?: true | username, personal_ig?, business?, tasks?, id?, count?}: one Page, or
    ``count`` numbered ones.
    """
    count = int(body.pop("count", 1))
    made = []
    with the_store().tx():
        _need(body["person"], "user")
        for number in range(1, count + 1):
            name = body["name"] if count == 1 else f"{body['name']} {number}"
            made.append(_shown(seed.add_page(**{**body, "name": name})))
    return made[0] if count == 1 else {"pages": made}


@verb("GET", "pages")
def pages(request: HttpRequest, body: Body, at: At) -> Any:
    """Pages with their Instagram accounts."""
    return {
        "pages": [_shown(n) for n in the_store().find("kind='page'", order="seq")],
        "instagram": [_shown(n) for n in the_store().find("kind='ig_user'", order="seq")],
    }


@verb("DELETE", "pages/(?P<page>[^/]+)/roles/(?P<person>[^/]+)")
def drop_role(request: HttpRequest, body: Body, at: At) -> Any:
    """Take a person's role on a Page away: their Page token answers 190/492, the user token lives on."""
    with the_store().tx():
        page = _need(at["page"], "page")
        page["roles"] = {who: tasks for who, tasks in (page["roles"] or {}).items() if who != at["person"]}
        the_store().save(page)
    return _shown(page)


@verb("POST", "pages/(?P<page>[^/]+)/roles/(?P<person>[^/]+)")
def give_role(request: HttpRequest, body: Body, at: At) -> Any:
    """{tasks?}: give a person a role on a Page."""
    with the_store().tx():
        page = _need(at["page"], "page")
        page["roles"] = {
            **(page["roles"] or {}),
            _need(at["person"], "user").id: body.get("tasks") or seed.ALL_TASKS,
        }
        the_store().save(page)
    return _shown(page)


@verb("POST", "connect")
def connect(request: HttpRequest, body: Body, at: At) -> Any:
    """{person, app_id?, scopes?, pages?, igs?, redirect_uri?}: a finished login without the dialog, with all
    its tokens.
    """
    person = _need(body["person"], "user")
    app_id = str(body.get("app_id") or the_store().find("kind='app'", order="seq", limit=1)[0].id)
    grant = tokens.find_grant(app_id, person.id) or tokens.Grant(app_id, person.id)
    grant.scopes |= dict.fromkeys(body.get("scopes") or ["public_profile", *dialog.WORDS], "granted")
    mine = access.visible_pages(person.id, "business_management" in grant.scopes)
    grant.pages = [str(p) for p in body.get("pages") or [p.id for p in mine]]
    grant.igs = [
        str(i) for i in body.get("igs") or [p["ig"] for p in mine if p["ig"] and p.id in grant.pages]
    ]
    grant.login_at = clock.now()
    answer: dict[str, Any] = {"app_id": app_id, "person": person.id}
    with the_store().tx():
        grant.save()
        short = tokens.new_token(
            "USER", app_id, person_id=person.id, expires=clock.now() + float(clock.conf("user_token_seconds"))
        )
        long = tokens.new_token(
            "USER",
            app_id,
            person_id=person.id,
            long_lived=True,
            expires=clock.now() + float(clock.conf("long_token_seconds")),
        )
        answer |= {
            "user_token": short.token,
            "long_lived_token": long.token,
            "pages": [
                {
                    "id": p.id,
                    "name": p["name"],
                    "ig": p["ig"],
                    "access_token": tokens.page_token(long, p.id).token,
                }
                for p in mine
                if p.id in grant.pages
            ],
        }
        if body.get("redirect_uri"):
            answer["code"] = dialog.issue_code(grant, body["redirect_uri"])
    return answer


@verb("POST", "tokens/invalidate")
def invalidate(request: HttpRequest, body: Body, at: At) -> Any:
    """{token | person | page, subcode}: these answer 190 with that subcode from now on (456-468, 492)."""
    killed = tokens.kill(
        int(body.get("subcode", 460)),
        token=body.get("token"),
        person_id=body.get("person"),
        page_id=body.get("page"),
    )
    return {"invalidated": killed}


@verb("POST", "grants")
def change_grant(request: HttpRequest, body: Body, at: At) -> Any:
    """{person, app_id?, scopes?: {name: status}, pages?, igs?, data_access_expires?}: change what was
    granted.
    """
    app_id = str(body.get("app_id") or the_store().find("kind='app'", order="seq", limit=1)[0].id)
    grant = tokens.find_grant(app_id, body["person"])
    if grant is None:
        raise LookupError(f"{body['person']} granted nothing to {app_id}")
    grant.scopes |= body.get("scopes") or {}
    grant.pages = body.get("pages", grant.pages)
    grant.igs = body.get("igs", grant.igs)
    with the_store().tx() as db:
        grant.save()
        if "data_access_expires" in body:
            db.execute(
                "UPDATE tokens SET data_access_expires=? WHERE app_id=? AND person_id=?",
                (float(body["data_access_expires"]), app_id, grant.person_id),
            )
    return {"scopes": grant.scopes, "pages": grant.pages, "igs": grant.igs}


@verb("POST", "deauthorize")
def deauthorize(request: HttpRequest, body: Body, at: At) -> Any:
    """{person, app_id?}: the person removes the app on Facebook; tokens die (458) and the app is told."""
    app_id = str(body.get("app_id") or the_store().find("kind='app'", order="seq", limit=1)[0].id)
    grant = tokens.find_grant(app_id, body["person"]) or tokens.Grant(app_id, body["person"])
    people.deauthorize(grant)
    return {"signed_request": webhooks.signed_request(app_id, grant.person_id)}


@verb("POST", "data-deletion")
def data_deletion(request: HttpRequest, body: Body, at: At) -> Any:
    """{person, app_id?, url?}: ask the app to delete the person's data; its answer comes back."""
    app_id = str(body.get("app_id") or the_store().find("kind='app'", order="seq", limit=1)[0].id)
    app = _need(app_id, "app")
    signed = webhooks.signed_request(app_id, body["person"])
    url = body.get("url") or app["deletion_url"]
    if not url:
        return {"signed_request": signed, "status": None, "body": "the app has no deletion_url"}
    status, text = webhooks.post(
        url, f"signed_request={signed}".encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    return {"signed_request": signed, "status": status, "body": text}


@verb("POST", "engage")
def engage(request: HttpRequest, body: Body, at: At) -> Any:
    """{id, likes?, reactions?: {LOVE: 2}, comments?: [..], shares?, reach?, views?, saved?, clicks?, name?}:
    the public acts.
    """
    with the_store().tx():
        node = _need(body["id"], "post", "photo", "video", "ig_media")
        sender = {**FRIEND, **({"name": body["name"]} if body.get("name") else {})}
        for name in ("shares", "reach", "views", "saved", "clicks"):
            if name in body:
                node[name] = int(body[name])
        the_store().save(node)
        if node.kind == "ig_media":
            node["likes"] = int(node["likes"] or 0) + int(body.get("likes", 0))
            the_store().save(node)
        else:
            for kind, count in {
                **({"LIKE": body["likes"]} if "likes" in body else {}),
                **body.get("reactions", {}),
            }.items():
                engagement.react(node, kind, int(count), sender)
        made = []
        for text in body.get("comments", []):
            if node.kind == "ig_media":
                made.append(engagement.add_ig_comment(node, text, "hungry_neighbour", FRIEND["id"]).id)
            else:
                made.append(engagement.add_comment(node, text, sender).id)
    return {**_shown(_need(body["id"])), "comment_ids": made}


@verb("POST", "native-post")
def foreign_post(request: HttpRequest, body: Body, at: At) -> Any:
    """{page, message}: a post of the Page made outside our app (in Facebook itself), visible at once."""
    from sandbox import pages_publish

    with the_store().tx():
        page = _need(body["page"], "page")
        post = the_store().add(
            Node(
                id=f"{page.id}_{the_store().new_id('122')}",
                kind="post",
                owner=page.id,
                state="unpublished",
                created=clock.now(),
                data={"message": body["message"], "photos": [], "app_id": None, "likes": 0, "shares": 0},
            )
        )
        pages_publish.publish(post, "facebook")
    return _shown(post)
