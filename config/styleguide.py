"""Every component on one page, in both themes: where a change of the look is judged. Development only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tenants.access import public_view
from tenants.templatetags.ui import STATUSES


@public_view("development only: the component catalogue holds no data")
def page(request: HttpRequest) -> HttpResponse:
    context = {
        "themes": [("light", _("Light")), ("dark", _("Dark"))],
        "statuses": list(STATUSES),
        "dishes": ["dish-pizza.webp", "dish-bowl.webp", "dish-tart.webp", "dish-salad.webp"],
    }
    return render(request, "styleguide/page.html", context)
