"""Cotton's components, with icons and plain words written out when a template is compiled.

A page shows sixty to a hundred icons. As components each pushes a context and looks up a template every time
the page is drawn, together a fifth of a page; as `{% icon %}` they cost next to nothing. Templates go on writing
`<c-icon name="house" />`; only those whose attributes are more than a word, a variable or a translation stay
components. The same is done to `{% translate "Words" %}`, of which a page has a hundred: Django's, made for any
expression, took a quarter of its drawing, and `{% said "Words" %}` a third of that.
"""

from __future__ import annotations

import re

from django_cotton.cotton_loader import Loader as CottonLoader

_ICON = re.compile(r'<c-icon((?:\s+[a-z]+="[^"]*")+)\s*/>')
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_PLAIN = re.compile(r"[\w\s:-]*")
_VARIABLE = re.compile(r"{{\s*([\w.]+(?:\|\w+)?)\s*}}")
_TRANSLATED = re.compile(r"{%\s*translate\s+'([^'\"\\]*)'\s*%}")
_KNOWN = ("name", "class", "label")
_WORDS = re.compile(r"""{% translate ("[^"%\\{}]*"|'[^'%\\{}]*') %}""")


class Loader(CottonLoader):
    def _get_template_string(self, template_name: str) -> str:
        source = _ICON.sub(_written_out, super()._get_template_string(template_name))
        return _WORDS.sub(r"{% said \1 %}", source)


def _written_out(found: re.Match[str]) -> str:
    given = dict(_ATTRIBUTE.findall(found[1]))
    values = [_expression(given.pop(name, "")) for name in _KNOWN]
    return found[0] if given or None in values else f"{{% icon {' '.join(map(str, values))} %}}"


def _expression(value: str) -> str | None:
    """An attribute as an argument of a template tag; None where it has to stay what it is."""
    if _PLAIN.fullmatch(value):
        return f'"{value}"'
    if variable := _VARIABLE.fullmatch(value):
        return variable[1]
    translated = _TRANSLATED.fullmatch(value)
    return f'_("{translated[1]}")' if translated else None
