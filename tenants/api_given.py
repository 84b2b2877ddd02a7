"""What a request's body may hold: every name is known, or the answer names the wrong one.

A misspelt `publish_at` that is silently dropped sends a post at once instead of on Friday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from tenants.errors import Refused

ALWAYS = frozenset({"tenant_id", "csrfmiddlewaretoken"})  # read before the body is: TenantAPIView, Django


class Given(serializers.Serializer):
    """Base of every request body. Unknown names are a 400 with a pointer; `elsewhere` tells where they belong."""

    elsewhere: ClassVar[dict[str, Any]] = {}  # name -> sentence, translated when read

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
