"""The pretend world at the start: one app, two persons, their Pages and Instagram accounts (fixed ids)."""

from __future__ import annotations

import os
from typing import Any

from sandbox import clock
from sandbox.store import Node, the_store

APP_ID, APP_SECRET = "1000000000000001", "sandbox-app-secret"
ALL_TASKS = ["ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE"]
ALICE, CHARLIE = "100010000000001", "100010000000002"
PORTFOLIO = "100900000000001"
PAGES: list[dict[str, Any]] = [
    {
        "id": "100200000000001",
        "name": "Krusty Pizza",
        "username": "krustypizza",
        "person": ALICE,
        "about": "Wood-fired pizza since 1987.",
        "address": "12 Evergreen Terrace",
        "fans": 2_431,
        "ig": ("17841400000000001", "krustypizza", "Wood-fired pizza. Open Tue-Sun."),
    },
    {
        "id": "100200000000002",
        "name": "Krusty Pizza Truck",
        "username": "krustypizzatruck",
        "person": ALICE,
        "about": "The same pizza, on wheels.",
        "address": "",
        "fans": 640,
        "ig": None,
    },
    {
        "id": "100200000000003",
        "name": "Krusty Catering",
        "username": "krustycatering",
        "person": ALICE,
        "about": "Pizza for your party.",
        "address": "12 Evergreen Terrace",
        "fans": 120,
        "business": PORTFOLIO,
        "ig": ("17841400000000003", "krustycatering", "We bring the oven."),
    },
    {
        "id": "100200000000004",
        "name": "Corner Bakery",
        "username": "cornerbakery",
        "person": CHARLIE,
        "about": "Bread at six, every day.",
        "address": "3 Market Square",
        "fans": 1_105,
        "ig": ("17841400000000004", "cornerbakery", "Sourdough and sweet things."),
    },
]


def seed() -> None:
    """Create what is missing; never touches what is there (a restart keeps everything)."""
    with the_store().tx():
        add_app(
            os.environ.get("FACEBOOK_APP_ID") or APP_ID, os.environ.get("FACEBOOK_APP_SECRET") or APP_SECRET
        )
        add_person(ALICE, "Alice Romano", "alice@krusty.example")
        add_person(CHARLIE, "Charlie Baker", "charlie@bakery.example")
        if the_store().get(PORTFOLIO) is None:
            the_store().add(
                Node(
                    id=PORTFOLIO,
                    kind="business",
                    created=clock.now(),
                    data={"name": "Romano Restaurants", "people": [ALICE]},
                )
            )
        for page in PAGES:
            add_page(**page)


def add_app(app_id: str, secret: str, name: str = "Social Automation", **more: Any) -> Node:
    store = the_store()
    app = store.get(app_id, "app") or store.add(Node(id=app_id, kind="app", created=clock.now(), data={}))
    app.data.update({"secret": secret, **more})
    app.data.setdefault("name", name)
    app.data.setdefault("subscriptions", {})
    store.save(app)
    return app


def add_person(person_id: str | None, name: str, email: str = "") -> Node:
    store = the_store()
    found = store.get(person_id, "user") if person_id else None
    return found or store.add(
        Node(
            id=person_id or store.new_id("10002"),
            kind="user",
            created=clock.now(),
            data={"name": name, "email": email},
        )
    )


def add_page(
    *,
    name: str,
    person: str,
    id: str | None = None,
    username: str | None = None,
    about: str = "",
    address: str = "",
    fans: int = 150,
    business: str | None = None,
    business_relation: str = "owned",
    tasks: list[str] | None = None,
    ig: Any = None,
    personal_ig: bool = False,
    category: str = "Restaurant",
) -> Node:
    """A Page with a role for ``person``; ``ig`` is None, True, a username, or (id, username, biography).

    ``personal_ig``: a personal Instagram account is linked, which Graph shows only as connected.
    """
    store = the_store()
    found = store.get(id, "page") if id else None
    if found is not None:
        return found
    page_id = id or store.new_id("10021")
    username = username or "".join(c for c in name.lower() if c.isalnum()) + page_id[-4:]
    account = None
    if ig:
        ig_id, ig_name, biography = (
            ig if isinstance(ig, tuple | list) else (None, ig if isinstance(ig, str) else username, about)
        )
        account = store.add(
            Node(
                id=ig_id or store.new_id("178415", 17),
                kind="ig_user",
                owner=None,
                created=clock.now(),
                data={
                    "username": ig_name,
                    "name": name,
                    "biography": biography,
                    "page": page_id,
                    "followers_count": fans * 2,
                    "follows_count": 180,
                },
            )
        )
    return store.add(
        Node(
            id=page_id,
            kind="page",
            created=clock.now(),
            data={
                "name": name,
                "username": username,
                "category": category,
                "about": about,
                "single_line_address": address or None,
                "fan_count": fans,
                "followers_count": fans,
                "roles": {person: tasks or ALL_TASKS},
                "business": business,
                "business_relation": business_relation if business else None,
                "ig": account.id if account else None,
                "personal_ig": store.new_id("178416", 17) if personal_ig and not account else None,
                "subscribed": {},
            },
        )
    )
