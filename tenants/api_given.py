"""What a request may hold, in its body and in its query: every name is known, or the answer names the wrong one.

A misspelt `publish_at` that is silently dropped sends a post at once instead of on Friday; a misspelt
`status` would list everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from tenants.errors import Refused

ALWAYS = frozenset({"tenant_id", "csrfmiddlewaretoken"})  # read before the body is: TenantAPIView, Django


class Given(serializers.Serializer):
    """A field of another name is refused, with the nearest that is known."""  # stands in the API's document

    # Name -> sentence, translated when read: where a name belongs that is known elsewhere.
    elsewhere: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            takes = [name for name, field in self.fields.items() if not field.read_only]
            unknown = {
                str(name): [self._sentence(str(name), takes)]
                for name in data
                if name not in {*takes, *ALWAYS}
            }
            if unknown:
                raise serializers.ValidationError(unknown, code="unknown_field")
            numbers = {
                name: [_("Send this as text, in quotes.")]
                for name, field in self.fields.items()
                if isinstance(field, serializers.CharField) and isinstance(data.get(name), (int, float))
            }
            if numbers:  # DRF would take 5 for "5", which the document does not promise
                raise serializers.ValidationError(numbers, code="invalid")
        return super().to_internal_value(data)

    def _sentence(self, name: str, takes: list[str]) -> str:
        if name in self.elsewhere:
            return str(self.elsewhere[name])
        near = get_close_matches(name, takes, 1)
        if near:
            return _("There is no field of this name here. Did you mean %(name)s?") % {"name": near[0]}
        return _("There is no field of this name here. Known: %(names)s.") % {
            "names": ", ".join(sorted(takes))
        }


def check_query(view: Any, request: Request) -> None:
    """Refuse a query with a name that this endpoint's description does not list: one 400 for all of them."""
    if not request.query_params:
        return
    takes = {*_query_names(view, request), "tenant_id"}
    unknown = [name for name in request.query_params if name not in takes]
    if not unknown:
        return
    names = ", ".join(sorted(takes))
    raise serializers.ValidationError(
        {
            name[:60]: [
                _("There is no parameter of this name here. Did you mean %(name)s?") % {"name": near[0]}
                if (near := get_close_matches(name, sorted(takes), 1))
                else _("There is no parameter of this name here. Known: %(names)s.") % {"names": names}
            ]
            for name in unknown[:10]
        },
        code="unknown_parameter",
    )


_known: dict[tuple[type, str], frozenset[str]] = {}


def _query_names(view: Any, request: Request) -> frozenset[str]:
    """What @extend_schema declares for this method: the one list that the document is made from as well."""
    method = "GET" if request.method == "HEAD" else request.method or ""
    key = (type(view), method)
    if key not in _known:
        handler = getattr(type(view), method.lower(), None)
        described = getattr(handler, "kwargs", {}).get("schema")
        names: set[str] = set()
        if described is not None:
            schema = described()
            schema.view, schema.method, schema.path = view, method, ""
            given = [one for one in schema.get_override_parameters() if isinstance(one, OpenApiParameter)]
            names = {one.name for one in given if one.location == OpenApiParameter.QUERY}
            if method == "GET" and _is_list(schema.get_response_serializers()):
                names |= {"limit", "cursor"}
        _known[key] = frozenset(names)
    return _known[key]


def _is_list(responses: Any) -> bool:
    found = responses.values() if isinstance(responses, Mapping) else [responses]
    return any(isinstance(one, serializers.ListSerializer) for one in found)


def one_of(request: Request, name: str, choices: Iterable[str]) -> str:
    """A filter of the query, "" when absent; a 400 for a word that means nothing (else it would mean "all")."""
    if name not in request.query_params:
        return ""
    value = request.query_params[name]
    known = [str(choice) for choice in choices if choice]
    if value not in known:
        raise Refused(
            _("%(name)s must be one of: %(known)s.") % {"name": name, "known": ", ".join(known)},
            code="bad_filter",
            field=name,
        )
    return value
