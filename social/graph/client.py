"""The line to Meta's Graph API: one object per token, one method per call we make.

    client = GraphClient(page_token)
    answer = client.create_unpublished_post("1234", message="Pizza day", media_fbids=["55", "56"])
    answer.id

Methods return an Answer or raise a GraphError (errors.py). Nothing here retries, follows redirects or
touches the database; `on_call` sees every call and what came of it, so that the publisher can keep its
ledger.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from social.graph.base import Answer, GraphConfig
from social.graph.batch import BatchCalls
from social.graph.classify import ErrorInfo, judge
from social.graph.errors import BY_KIND, GraphError, GraphUnknown
from social.graph.instagram import InstagramCalls
from social.graph.login import LoginCalls
from social.graph.pages import PageCalls
from social.graph.rules import UNEXPLAINED, Kind
from social.graph.transport import TOTAL_SECONDS, Reply, Request, as_text, send, shared_client
from social.graph.usage import NO_USAGE, Usage, read_usage
from social.graph.videos import VideoCalls
from social.vault.secret import Secret

logger = logging.getLogger(__name__)

_LOOKS_LIKE_TOKEN = re.compile(r"\bEA[A-Za-z]{1,2}[A-Za-z0-9._-]{16,}")
_PATH_PART = re.compile(r"[A-Za-z0-9_:.-]+(/[A-Za-z0-9_:.-]+)*")


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call for `on_call`: everything an Attempt row wants, and no token."""

    name: str
    method: str
    path: str
    digest: str  # SHA-256 of the parameters without tokens: equal calls have equal digests
    kind: Kind
    elapsed_ms: int
    http_status: int | None = None
    object_id: str = ""
    usage: Usage = NO_USAGE
    error: GraphError | None = None
    fbtrace_id: str = ""


OnCall = Callable[[Call], None]


class GraphClient(PageCalls, VideoCalls, InstagramCalls, LoginCalls, BatchCalls):
    """Speaks to Graph with one token (of a user, a Page or the app); `access` None is for calls that need
    none.

    `http`: a persistent httpx2 client; by default this process's shared one. `seconds`: the longest one
    exchange may take. `on_call` is told of every finished call, accepted or not; what it raises is logged
    and goes no further, because an answer from Meta must not be lost to a failing ledger.
    """

    # Hosts known to read a GET's token from the header, and stand-ins for Meta that read it only from the
    # query.
    _reads_header: set[str] = set()
    _reads_query: set[str] = set()

    def __init__(
        self,
        access: Secret | None,
        *,
        config: GraphConfig | None = None,
        http: httpx2.Client | None = None,
        on_call: OnCall | None = None,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.config = config or GraphConfig.from_settings()
        self._access = access
        self._http = http or shared_client()
        self._on_call = on_call
        self._seconds = seconds

    def __repr__(self) -> str:
        return f"<GraphClient {self.config.graph_url}>"

    @classmethod
    def for_app(cls, config: GraphConfig | None = None, **kwargs: Any) -> GraphClient:
        """With the app's own token: debug_token and webhook subscriptions."""
        config = config or GraphConfig.from_settings()
        return cls(config.app_token(), config=config, **kwargs)

    def call(
        self,
        name: str,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        needs: str = "",
        host: str = "",
        files: dict[str, tuple[str, bytes, str]] | None = None,
        seconds: float | None = None,
        secrets: Iterable[Secret] = (),
    ) -> Answer:
        """One Graph call. `needs` names the key without which a 2xx proves nothing ("id", "success", "data").

        Parameters that are None are left out (Graph takes a null message for an empty post). `secrets` are
        further values to keep out of errors, for parameters that are tokens themselves.
        """
        batch = not path and method == "POST" and "batch" in (params or {})  # the only call without a path
        if not batch and (not _PATH_PART.fullmatch(path) or ".." in path):
            raise ValueError("A Graph path is made of ids and edge names.")
        given = {key: as_text(value) for key, value in (params or {}).items() if value is not None}
        base = host or self.config.graph_url
        request = Request(method, f"{base}/{self.config.version}/{path}", files=files)
        request.headers, sent = self._signed(method, base, given)
        if method == "POST":
            request.form = sent
        else:
            request.query = sent
        hidden = [*secrets, *self._own_secrets()]
        answer, error = self._exchange(name, request, path, given, hidden, needs, seconds)
        if method != "POST" and self._access is not None and base not in self._reads_query:
            if error is None:
                self._reads_header.add(base)
            elif self._maybe_unseen(base, error):
                request.headers, request.query = {}, {**sent, "access_token": self._access.reveal()}
                answer, error = self._exchange(name, request, path, given, hidden, needs, seconds)
                if error is None:
                    self._reads_query.add(base)
        if error is not None:
            raise error
        assert answer is not None
        return answer

    def call_rupload(
        self,
        name: str,
        url: str,
        *,
        headers: dict[str, str],
        content: bytes | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """The upload host: token and file description in headers, the file (if any) as the body."""
        request = Request("POST", url, content=content or b"", headers=dict(headers))
        if self._access is not None:
            request.headers["authorization"] = f"OAuth {self._access.reveal()}"
        path = urlsplit(url).path.strip("/")
        answer, error = self._exchange(name, request, path, headers, self._own_secrets(), "success", seconds)
        if error is not None:
            raise error
        assert answer is not None
        return answer

    def pages_of(
        self, name: str, path: str, params: Mapping[str, Any], *, most: int = 50
    ) -> Iterator[Answer]:
        """Every page of an edge, at most `most` of them.

        Goes by the cursor and not by the URL in paging.next: that one carries the token, and could name any
        host.
        """
        after: str | None = None
        seen: set[str] = set()
        for _number in range(most):
            answer = self.call(name, "GET", path, {**params, "after": after}, needs="data")
            yield answer
            after = _next_cursor(answer.get("paging"))
            if after is None or after in seen:  # a cursor that leads back would never end
                return
            seen.add(after)

    def read_part(self, name: str, needs: str, reply: Reply) -> Answer | GraphError:
        """One part of a batch, judged as if it had come alone."""
        return _read(name, reply, needs, [secret.reveal() for secret in self._own_secrets()])

    # --- the parts of one exchange

    def _signed(self, method: str, base: str, given: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and parameters with token and proof. The token goes into a POST's body or a GET's header,
        so that it stands in no URL.
        https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof
        """
        if self._access is None:
            return {}, dict(given)
        token = self._access.reveal()
        sent = dict(given)
        if self.config.app_secret is not None:
            key = self.config.app_secret.reveal().encode()
            sent["appsecret_proof"] = hmac.new(key, token.encode(), hashlib.sha256).hexdigest()
        if method == "POST" or base in self._reads_query:
            return {}, {**sent, "access_token": token}
        return {"authorization": f"Bearer {token}"}, sent

    def _own_secrets(self) -> list[Secret]:
        return [secret for secret in (self._access, self.config.app_secret) if secret is not None]

    def _maybe_unseen(self, base: str, error: GraphError) -> bool:
        """Whether a stand-in for Meta (a simulator named in the environment) may not read Authorization
        headers.

        Such a refusal may be repeated with the token in the query: a call without a token has done nothing. Meta
        reads the header, and its hosts are left out: in production no answer can move a token into a URL.
        """
        if base in self._reads_header or self.config.is_meta or error.subcode is not None:
            return False
        if error.code == 100:  # "You must provide an app access token", a proof of a token that was not seen
            said = error.message.lower().replace("_", " ")
            return "access token" in said or "appsecret proof" in said
        return error.code in (102, 104, 190, 2500) or error.http_status == 401

    def _exchange(
        self,
        name: str,
        request: Request,
        path: str,
        given: Mapping[str, str],
        hidden: Iterable[Secret],
        needs: str,
        seconds: float | None,
    ) -> tuple[Answer | None, GraphError | None]:
        started = monotonic()
        reply = send(request, http=self._http, seconds=seconds or self._seconds)
        elapsed = int((monotonic() - started) * 1000)
        outcome = _read(name, reply, needs, [secret.reveal() for secret in hidden])
        error = outcome if isinstance(outcome, GraphError) else None
        answer = outcome if isinstance(outcome, Answer) else None
        self._tell(
            Call(
                name=name,
                method=request.method,
                path=path,
                digest=_digest(request.method, path, given, request.files),
                kind=error.kind if error else Kind.ACCEPTED,
                elapsed_ms=elapsed,
                http_status=reply.status,
                object_id=str(answer.get("id") or answer.get("video_id") or "")[:100]
                if answer is not None
                else "",
                usage=outcome.usage,
                error=error,
                fbtrace_id=outcome.fbtrace_id,
            )
        )
        return answer, error

    def _tell(self, call: Call) -> None:
        if self._on_call is None:
            return
        try:
            self._on_call(call)
        except Exception:
            logger.exception("on_call failed after %s", call.name)


def _read(name: str, reply: Reply, needs: str, hidden: list[str]) -> Answer | GraphError:
    """An Answer, or the GraphError to raise."""
    usage = read_usage(reply.headers)
    if reply.status is None:
        return GraphUnknown(call=name, cause=reply.cause, usage=usage)
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, list) and name == "batch":
        body = {"data": body}
    problem = body.get("error") if isinstance(body, dict) else None
    debug = body.get("debug_info") if isinstance(body, dict) else None
    if problem is None and isinstance(debug, dict):
        problem = _of_upload_host(debug)
    info = _without_secrets(ErrorInfo.read(problem), hidden) if problem is not None else None
    kind, rule = judge(reply.status, info)
    trace = (info.fbtrace_id if info else "") or reply.headers.get("x-fb-trace-id", "")[:64]
    if kind is not Kind.ACCEPTED:
        cause = (
            ""
            if info
            else f"no Graph error in the answer ({'redirect' if 300 <= reply.status < 400 else 'not ours'})"
        )
        return BY_KIND[kind](
            info=info, rule=rule, http_status=reply.status, usage=usage, call=name, cause=cause
        )
    if not isinstance(body, dict) or (needs and not _has(body, needs)):
        cause = "not a JSON object" if not isinstance(body, dict) else f"no {needs} in the answer"
        return GraphUnknown(rule=UNEXPLAINED, http_status=reply.status, usage=usage, call=name, cause=cause)
    return Answer(data=body, http_status=reply.status, usage=usage, fbtrace_id=trace)


def _of_upload_host(debug: Mapping[str, Any]) -> dict[str, Any]:
    """The upload host's own shape of an error, as Graph would say it. What it could not process and calls not
    retriable is refused (352; 389 when it could not fetch the file); of anything else a new upload may help (6000).
    https://developers.facebook.com/docs/video-api/guides/reels-publishing#errors
    """
    kind, message = str(debug.get("type", "")), str(debug.get("message", ""))
    code = 6000
    if kind == "ProcessingFailedError" and debug.get("retriable") is False:
        code = 389 if "fetch" in message.lower() else 352
    return {"message": f"{kind}: {message}", "code": code}


def _has(body: Mapping[str, Any], needs: str) -> bool:
    value = body.get(needs)
    if needs == "success":
        return value is True or value == "true"
    if needs == "data":
        return isinstance(value, (list, dict))
    return isinstance(value, (str, int)) and not isinstance(value, bool) and str(value) not in ("", "0")


def _without_secrets(info: ErrorInfo, hidden: list[str]) -> ErrorInfo:
    """Meta repeats tokens in some messages ("Malformed access token EAA...")."""

    def clean(text: str) -> str:
        for secret in hidden:
            text = text.replace(secret, "[removed]")
        return _LOOKS_LIKE_TOKEN.sub("[removed]", text)

    return ErrorInfo(
        code=info.code,
        subcode=info.subcode,
        message=clean(info.message),
        type=clean(info.type),
        is_transient=info.is_transient,
        user_title=clean(info.user_title),
        user_message=clean(info.user_message),
        fbtrace_id=info.fbtrace_id,
    )


def _digest(method: str, path: str, given: Mapping[str, str], files: Mapping[str, tuple] | None) -> str:
    digest = hashlib.sha256(f"{method} {path}".encode())
    for key in sorted(given):
        digest.update(f"\0{key}={given[key]}".encode())
    for key, (_name, content, _mime) in sorted((files or {}).items()):
        digest.update(f"\0{key}=".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _next_cursor(paging: Any) -> str | None:
    """The cursor of the next page, None on the last. Where an edge gives only a URL, its `after` is it."""
    if not isinstance(paging, dict) or not isinstance(paging.get("next"), str):
        return None
    cursors = paging.get("cursors")
    if isinstance(cursors, dict) and isinstance(cursors.get("after"), str):
        return cursors["after"]
    found = parse_qs(urlsplit(paging["next"]).query).get("after")
    return found[0] if found else None
