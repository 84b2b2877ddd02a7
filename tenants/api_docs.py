"""/openapi.json, /docs and /redoc: the document and two readers of it, every byte served by us."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from csp.constants import UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from tenants.access import public_view

# Both readers write style elements; Redoc searches in a worker made from a blob. Scripts stay strict.
CSP = {"style-src": [UNSAFE_INLINE], "worker-src": ["blob:"]}
OPEN = "the API's documentation is for everybody"


class Document(SpectacularJSONAPIView):
    """Made once in a process: it says the same to everybody until the next release."""

    open_because = OPEN
    schema = None  # the document does not list itself

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = HttpResponse(document_bytes(), content_type="application/json; charset=utf-8")
        response["Cache-Control"] = "public, max-age=300"
        return response


@lru_cache(maxsize=1)
def document_bytes() -> bytes:
    """The OpenAPI document as it is served."""
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


def document() -> dict[str, Any]:
    """The OpenAPI document of this code."""
    found = SchemaGenerator(urlconf="config.urls_public").get_schema(request=None, public=True)
    return json.loads(OpenApiJsonRenderer().render(found))  # lazy texts and sets become plain JSON


class _Reader:
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        response._csp_update = CSP
        return response


class Swagger(_Reader, SpectacularSwaggerSplitView):
    """Its script is a second answer of the same address (?script=), since inline scripts are not allowed."""

    open_because = OPEN
    url_name = "openapi"


@public_view(reason=OPEN)
@require_safe
@cache_control(public=True, max_age=86400)
def redoc_script(request: HttpRequest) -> HttpResponse:
    """Redoc without the one picture that it would fetch from its maker's host."""
    return HttpResponse(_redoc_script(), content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=1)
def _redoc_script() -> bytes:
    package = resources.files("drf_spectacular_sidecar")
    bundle = package / "static/drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
    return bundle.read_bytes().replace(
        b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:image/svg+xml,<svg/>"
    )


class Redoc(_Reader, SpectacularRedocView):
    open_because = OPEN
    url_name = "openapi"
    template_name = "tenants/redoc.html"
