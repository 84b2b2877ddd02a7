"""/openapi.json, /docs and /redoc: the document and two readers of it, every byte served by us."""

from __future__ import annotations

from typing import Any

from csp.constants import UNSAFE_INLINE
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

# Both readers write style elements; Redoc searches in a worker made from a blob. Scripts stay strict.
CSP = {"style-src": [UNSAFE_INLINE], "worker-src": ["blob:"]}
OPEN = "the API's documentation is for everybody"


class Document(SpectacularJSONAPIView):
    open_because = OPEN


class _Reader:
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        response._csp_update = CSP
        return response


class Swagger(_Reader, SpectacularSwaggerSplitView):
    """Its script is a second answer of the same address (?script=), since inline scripts are not allowed."""

    open_because = OPEN
    url_name = "openapi"


class Redoc(_Reader, SpectacularRedocView):
    open_because = OPEN
    url_name = "openapi"
    template_name = "tenants/redoc.html"
