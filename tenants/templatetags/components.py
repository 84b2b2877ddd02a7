"""Cotton's `{% cotton %}` and Django's `{% translate %}`, quicker.

Built in: every `<c-...>` becomes the one (django_cotton's compiler), plain words the other (tenants.components).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.template import Library, Template
from django.template.base import Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django_cotton.templatetags import Attrs, UnprocessableDynamicAttr
from django_cotton.templatetags._component import (
    AttrKind,
    CottonComponentNode,
    PreparedValue,
    _get_isolation_settings,
    cotton_component,
)
from django_cotton.templatetags._slot import CottonSlotNode
from django_cotton.templatetags._vars import CottonVarsNode
from django_cotton.utils import get_cotton_data

register = Library()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one use of a component is made of; keys are names in its template ("-" written as "_")."""

    template: Template
    nodes: NodeList  # of the template, without its <c-vars>
    defaults: dict[str, Any]
    later_defaults: list[tuple[str, PreparedValue]]  # `:field="None"`
    fixed: dict[str, Any]  # attributes that are plain words
    drawn: list[tuple[str, NodeList]]  # attributes with {{ }} or {% %}
    looked_up: list[tuple[str, PreparedValue]]  # `:status="post.approval"`
    extra: list[tuple[str, str]]  # what goes on to `{{ attrs }}`: as written, and its key
    extra_text: SafeString | None  # the same as text where it is always the same
    slots: bool  # something between its tags may be a <c-slot>


class Component(CottonComponentNode):
    """A component whose template, defaults and attributes are sorted out at its first drawing.

    Cotton does that at every drawing: two thirds of the 0.17 ms of a menu item, and a page draws thirty
    components. What is decided while drawing (`is=`, `only`, `:attrs`) is left to cotton.
    """

    _plan: Plan | bool | None = (
        None  # False: cotton's own way. Nodes outlive pages, and go with their template
    )

    def render(self, context: Context) -> str:
        plan = self._plan
        if plan is None:
            plan = self._plan = _planned(self, context) or False
        return _drawn(self, plan, context) if isinstance(plan, Plan) else super().render(context)


@register.tag("cotton")
def component(parser: Parser, token: Token) -> CottonComponentNode:
    node = cotton_component(parser, token)
    node.__class__ = Component
    return node


def _planned(node: Component, context: Context) -> Plan | None:
    attributes = node._prepared_attrs
    odd = any(each.kind is AttrKind.UNQUOTED or each.key in ("attrs", "is") for each in attributes)
    if odd or node.only or node.component_name == "component" or any(_get_isolation_settings()):
        return None
    template = node._get_cached_template(context, Attrs({}))
    variables = [each for each in template.nodelist if isinstance(each, CottonVarsNode)]
    defaults: dict[str, Any] = {}
    later: list[tuple[str, PreparedValue]] = []
    own = {name for each in variables for name in each.empty_vars}
    for variable in (variable for each in variables for variable in each._prepared_vars):
        if variable.kind is AttrKind.DYNAMIC:
            later.append((variable.accessible_key, variable.compiled))
        elif variable.kind is AttrKind.STATIC:
            defaults[variable.accessible_key] = variable.value
        else:
            return None
        own.add(variable.exclude_key)
    key = {each.key: each.key.replace("-", "_") for each in attributes}
    plain = (AttrKind.STATIC, AttrKind.BOOLEAN)
    fixed = {key[each.key]: each.value for each in attributes if each.kind in plain or not each.compiled}
    extra = [(each.key, key[each.key]) for each in attributes if each.key not in own]
    return Plan(
        template=template,
        nodes=NodeList(each for each in template.nodelist if not isinstance(each, CottonVarsNode)),
        defaults=defaults,
        later_defaults=later,
        fixed=fixed,
        drawn=[
            (key[each.key], each.compiled.nodelist)
            for each in attributes
            if each.kind is AttrKind.ESCAPED and each.compiled
        ],
        looked_up=[(key[each.key], each.compiled) for each in attributes if each.kind is AttrKind.DYNAMIC],
        extra=extra,
        extra_text=_text(extra, fixed) if all(name in fixed for _, name in extra) else None,
        slots=bool(node.nodelist.get_nodes_by_type(CottonSlotNode)),
    )


def _text(extra: list[tuple[str, str]], values: dict[str, Any]) -> SafeString:
    return SafeString(Attrs({written: values[name] for written, name in extra if name in values}))


def _drawn(node: Component, plan: Plan, context: Context) -> str:
    given = {name: nodes.render(context) for name, nodes in plan.drawn}
    for name, value in plan.looked_up:
        try:
            given[name] = value.resolve(context)
        except UnprocessableDynamicAttr:
            continue  # the default stands
    slots: dict[str, Any] = {}
    if plan.slots:
        stack = get_cotton_data(context)["stack"]
        stack.append({"key": node.component_name, "attrs": Attrs({}), "slots": slots})
        slot = node.nodelist.render(context)
        stack.pop()
    else:
        slot = node.nodelist.render(context)
    state = plan.defaults.copy()
    for name, value in plan.later_defaults:
        if name not in given and name not in slots:
            try:
                state[name] = value.resolve(context)
            except UnprocessableDynamicAttr:
                continue
    state.update(slots)
    state.update(plan.fixed)
    state.update(given)
    state["slot"] = slot
    state["attrs"] = _text(plan.extra, state) if plan.extra_text is None else plan.extra_text
    with context.render_context.push_state(plan.template), context.push(state):
        return plan.nodes.render(context)


class Said(Node):
    """Words of a template in the reader's language; like Django's, not escaped: they are ours."""

    child_nodelists = ()

    def __init__(self, words: str) -> None:
        self.words = words

    def render(self, _context: Context) -> SafeString:
        return _said(self.words, get_language())


@register.tag
def said(_parser: Parser, token: Token) -> Said:
    return Said(token.split_contents()[1][1:-1])


@lru_cache(maxsize=8192)  # a language's words are read once a process, as gettext's catalogs are
def _said(words: str, _language: str | None) -> SafeString:
    return SafeString(gettext(words))


@receiver(setting_changed)
def _forget(setting: str, **_: Any) -> None:
    if setting in ("LANGUAGES", "LANGUAGE_CODE", "LOCALE_PATHS", "USE_I18N"):
        _said.cache_clear()
