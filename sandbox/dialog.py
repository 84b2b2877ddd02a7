"""The consent dialog: who asks, as whom, which permissions, which Pages and accounts; Continue or Cancel.

Redirects as the manual login flow documents: ``?code=...&state=...#_=_``, or for a refusal ``?error_reason=
user_denied&error=access_denied&error_description=Permissions+error&error_code=200&state=...``
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sandbox import access, clock, graph, tokens
from sandbox.store import Node, the_store

COOKIE = "sandbox_person"
ALWAYS = "public_profile"
WORDS = {
    "email": "Your email address",
    "pages_show_list": "See the list of Pages you manage",
    "pages_read_engagement": "Read what your Pages post and how people respond",
    "pages_manage_posts": "Create, edit and delete posts on your Pages",
    "pages_manage_metadata": "Receive news about your Pages (webhooks)",
    "pages_read_user_content": "Read comments and posts by visitors",
    "pages_manage_engagement": "Write and delete comments on your Pages",
    "read_insights": "Read the numbers of your Pages",
    "business_management": "See the Pages of your business portfolios",
    "instagram_basic": "See your Instagram profile and posts",
    "instagram_content_publish": "Publish on your Instagram account",
    "instagram_manage_insights": "Read the numbers of your Instagram account",
    "instagram_manage_comments": "Read and answer Instagram comments",
}


class Unusable(Exception):
    """The dialog cannot be shown and must not redirect: the sentence is for a developer."""


def view(request: HttpRequest, path: str) -> HttpResponse:
    """``/dialog/{version}/dialog/oauth``; GET shows, POST decides."""
    asked, rest = graph.split_version(path)
    if rest.strip("/") != "dialog/oauth":
        return HttpResponse("Not found", status=404, content_type="text/plain")
    sent = request.GET
    try:
        app = _app(sent)
        scopes = _scopes(app, sent)
    except Unusable as problem:
        return render(request, "dialog_error.html", {"problem": str(problem)}, status=400)
    if asked and int(asked[1:].split(".")[0]) < clock.conf("oldest_live_version"):
        from sandbox import findings

        findings.note("dead_version", "dialog", f"the dialog was opened with {asked}")
    people = the_store().find("kind = 'user'", order="seq")
    person = _person(request, people)
    if person is None:
        return render(
            request, "dialog_error.html", {"problem": "There is no pretend person yet."}, status=400
        )
    if request.method == "POST":
        if "cancel" in request.POST:
            return _back(
                sent,
                {
                    "error_reason": "user_denied",
                    "error": "access_denied",
                    "error_description": "Permissions error",
                    "error_code": "200",
                },
                "",
            )
        return _continue(request, app, person, scopes)
    return _show(request, app, person, people, scopes)


def _app(sent: Any) -> Node:
    app = tokens.find_app(sent.get("client_id", ""))
    if app is None:
        raise Unusable("Invalid App ID: The provided app ID does not look like a valid app ID.")
    address = sent.get("redirect_uri", "")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unusable("The redirect_uri URL must be absolute.")
    if app["redirect_uris"] and address not in app["redirect_uris"]:
        raise Unusable(
            "URL Blocked: This redirect failed because the redirect URI is not white-listed in the app's "
            "client OAuth settings. Make sure that the client and web OAuth logins are on and add all your "
            "app domains as valid OAuth redirect URIs."
        )
    if sent.get("response_type", "code") != "code":
        raise Unusable("Only response_type=code is supported here.")
    return app


def _scopes(app: Node, sent: Any) -> list[str]:
    """From ``config_id`` (Login for Business) or ``scope``; names of the other product are refused."""
    config_id = sent.get("config_id")
    if config_id:
        known = app["configurations"] or {}
        if known and config_id not in known:
            raise Unusable(f"Invalid configuration: {config_id}")
        asked = list(known.get(config_id) or WORDS)
    else:
        asked = [name for name in sent.get("scope", "").replace(" ", ",").split(",") if name]
    wrong = [name for name in asked if name not in tokens.PERMISSIONS]
    if wrong:
        raise Unusable(
            f"Invalid Scopes: {', '.join(wrong)}. This message is only shown to developers. Users of your "
            "app will ignore these permissions if present."
        )
    return list(dict.fromkeys([ALWAYS, *asked]))


def _person(request: HttpRequest, people: list[Node]) -> Node | None:
    chosen = request.GET.get("person") or request.POST.get("person") or request.COOKIES.get(COOKIE)
    return next((p for p in people if p.id == chosen), people[0] if people else None)


def _shareable(person: Node, scopes: list[str]) -> list[dict[str, Any]]:
    """The Pages this person could share, each with its Instagram account."""
    rows = []
    for page in access.visible_pages(person.id, "business_management" in scopes):
        account = the_store().get(str(page["ig"]), "ig_user") if page["ig"] else None
        rows.append({"page": page, "ig": account})
    return rows


def _show(
    request: HttpRequest, app: Node, person: Node, people: list[Node], scopes: list[str]
) -> HttpResponse:
    before = tokens.find_grant(app.id, person.id)
    again = request.GET.get("auth_type") == "rerequest"
    declined = {s for s, state in before.scopes.items() if state == "declined"} if before else set()
    offered = [s for s in scopes if s != ALWAYS and (again or s not in declined)]
    pages = _shareable(person, scopes)
    for row in pages:
        row["ticked"] = before is None or row["page"].id in before.pages or not before.pages
        row["ig_ticked"] = row["ig"] is not None and (
            before is None or row["ig"].id in before.igs or not before.igs
        )
    query = request.GET.copy()
    query.pop("person", None)
    response = render(
        request,
        "dialog.html",
        {
            "app": app,
            "person": person,
            "people": [p for p in people if p.id != person.id],
            "pages": pages,
            "permissions": [{"name": s, "words": WORDS.get(s, s.replace("_", " "))} for s in offered],
            "query": query.urlencode(),
            "before": before,
            "rerequest": again,
            "skipped": sorted(declined & set(scopes) - set(offered)),
            "wants_pages": any(s.startswith(("pages_", "instagram_", "business_")) for s in scopes),
        },
    )
    response.set_cookie(COOKIE, person.id, samesite="Lax")
    return response


def _continue(request: HttpRequest, app: Node, person: Node, scopes: list[str]) -> HttpResponse:
    """Record the grant exactly as ticked and hand out a code for it."""
    ticked = set(request.POST.getlist("scope"))
    before = tokens.find_grant(app.id, person.id)
    grant = before or tokens.Grant(app.id, person.id)
    rerequest = request.GET.get("auth_type") == "rerequest"
    for scope in scopes:
        if scope == ALWAYS or scope in ticked:
            grant.scopes[scope] = "granted"
        elif rerequest or grant.scopes.get(scope) != "declined":
            grant.scopes[scope] = "declined"
    pages = _shareable(person, scopes)
    grant.pages = [r["page"].id for r in pages if r["page"].id in request.POST.getlist("page")]
    grant.igs = [
        r["ig"].id for r in pages if r["ig"] is not None and r["ig"].id in request.POST.getlist("ig")
    ]
    grant.login_at = clock.now()
    code = issue_code(grant, request.GET["redirect_uri"])
    return _back(request.GET, {"code": code}, "#_=_")


def issue_code(grant: tokens.Grant, redirect_uri: str) -> str:
    code = "AQ" + secrets.token_urlsafe(90)
    with the_store().tx() as db:
        grant.save()
        db.execute(
            "INSERT INTO codes VALUES (?,?,?,?,?,0)",
            (code, grant.app_id, grant.person_id, redirect_uri, clock.now() + 600),
        )
    return code


def _back(sent: Any, answer: dict[str, str], fragment: str) -> HttpResponse:
    address = sent["redirect_uri"]
    if "state" in sent:
        answer = {**answer, "state": sent["state"]}
    return HttpResponseRedirect(address + ("&" if "?" in address else "?") + urlencode(answer) + fragment)
