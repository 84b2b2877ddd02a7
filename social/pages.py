"""The Pages behind one Facebook login, as Graph lists them: /me/accounts, and those of business portfolios.

No database here. A Page's token stays in memory as a Secret; what is kept is sealed by social.services.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from social.graph import GraphClient, GraphError, GraphRefused
from social.vault import Secret

logger = logging.getLogger(__name__)

CREATE = "CREATE_CONTENT"  # the Page task without which nothing can be posted
MOST_PORTFOLIOS = 50


@dataclass(frozen=True, slots=True)
class Instagram:
    """A professional account linked to a Page."""

    id: str
    username: str
    picture_url: str


@dataclass(frozen=True, slots=True)
class Page:
    """One Page as this person may use it. `token` is None when they have no role on it."""

    id: str
    name: str
    category: str
    picture_url: str
    tasks: tuple[str, ...]
    token: Secret | None
    instagram: Instagram | None

    @property
    def may_post(self) -> bool:
        """Tasks are not always told; a Page with a token and without a list counts as usable."""
        return self.token is not None and (not self.tasks or CREATE in self.tasks)


@dataclass(slots=True)
class PageList:
    """What was found. `incomplete` when portfolios could not be read, so that a missing Page proves
    nothing.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    incomplete: bool = False

    def __iter__(self) -> Iterator[Page]:
        return iter(self.pages.values())

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            page = read_page(row)
            known = self.pages.get(page.id) if page else None
            if page and (known is None or (known.token is None and page.token is not None)):
                self.pages[page.id] = page


def read_page(row: dict[str, Any]) -> Page | None:
    """From one row of /me/accounts; None when it has no id. Absent fields are normal."""
    page_id = row.get("id")
    if not isinstance(page_id, (str, int)) or not str(page_id):
        return None
    token = row.get("access_token")
    tasks = row.get("tasks")
    return Page(
        id=str(page_id)[:64],
        name=_text(row.get("name"), 300) or str(page_id)[:64],
        category=_text(row.get("category"), 100),
        picture_url=_picture(row.get("picture")),
        tasks=tuple(str(task) for task in tasks) if isinstance(tasks, list) else (),
        token=Secret(token) if isinstance(token, str) and token else None,
        instagram=_instagram(row.get("instagram_business_account")),
    )


def list_pages(client: GraphClient, *, portfolios: bool) -> PageList:
    """Every Page this person shared with us. `portfolios`: business_management was granted.

    Raises GraphError when /me/accounts itself fails. A portfolio that fails leaves the list marked
    incomplete: a Page that is not shown can be looked for again, a wrong "not yours any more" would stop a
    restaurant's posts.
    """
    found = PageList()
    for answer in client.accounts():
        found.add(answer.items)
    if not portfolios:
        return found
    try:
        businesses = [row for answer in client.businesses() for row in answer.items]
    except GraphError as error:
        found.incomplete = not isinstance(error, GraphRefused)
        return found
    found.incomplete = len(businesses) > MOST_PORTFOLIOS
    for business in businesses[:MOST_PORTFOLIOS]:
        for edge in ("owned_pages", "client_pages"):
            try:
                for answer in client.business_pages(str(business.get("id", "")), edge):
                    found.add(answer.items)
            except GraphError as error:
                found.incomplete = found.incomplete or not isinstance(error, GraphRefused)
                logger.info("portfolio not read: %s", error)
            except ValueError:
                continue  # an id that is none
    return found


def has_personal_instagram(client: GraphClient, page: Page) -> bool:
    """Whether an Instagram account is linked that is not a professional one. Only asked where none is usable.

    Facebook shows such an account in connected_instagram_account and never in instagram_business_account.
    """
    if page.instagram is not None or page.token is None:
        return False
    try:
        answer = GraphClient(page.token, config=client.config).page(
            page.id, fields="connected_instagram_account"
        )
    except GraphError:
        return False  # an explanation, not worth a failed page
    return isinstance(answer.get("connected_instagram_account"), dict)


def _instagram(value: Any) -> Instagram | None:
    if not isinstance(value, dict) or not value.get("id"):
        return None
    return Instagram(
        id=str(value["id"])[:64],
        username=_text(value.get("username"), 100),
        picture_url=_url(value.get("profile_picture_url")),
    )


def _picture(value: Any) -> str:
    data = value.get("data") if isinstance(value, dict) else None
    return _url(data.get("url") if isinstance(data, dict) else value)


def _url(value: Any) -> str:
    """Only what a browser may show as a picture; anything else ("javascript:", files) becomes empty."""
    return value[:2000] if isinstance(value, str) and value.startswith(("https://", "http://")) else ""


def _text(value: Any, most: int) -> str:
    return value.replace("\x00", "")[:most].strip() if isinstance(value, str) else ""
