"""Colours and names of the back office (settings.UNFOLD): the product's warm neutrals and its accent."""

from typing import Any

from django.templatetags.static import static

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Back office · Social Automation",
    "SITE_HEADER": "Social Automation",
    "SITE_SUBHEADER": "Back office",
    "SITE_URL": "/",
    "SITE_SYMBOL": "restaurant",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}
    ],
    "SHOW_HISTORY": False,  # our audit says more than Django's log
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "tenants.office.dashboard.numbers",
    "COLORS": {
        "base": {
            "50": "oklch(98.2% .006 80)",
            "100": "oklch(95.8% .008 78)",
            "200": "oklch(91.5% .011 76)",
            "300": "oklch(85.5% .014 74)",
            "400": "oklch(70% .018 70)",
            "500": "oklch(55% .02 66)",
            "600": "oklch(44% .02 62)",
            "700": "oklch(36% .018 58)",
            "800": "oklch(27% .014 56)",
            "900": "oklch(21% .011 54)",
            "950": "oklch(15% .008 52)",
        },
        "primary": {  # the product's basil; 600 is the accent of its light theme
            "50": "oklch(97.5% .014 158)",
            "100": "oklch(94.5% .028 158)",
            "200": "oklch(88.5% .055 158)",
            "300": "oklch(82% .09 158)",
            "400": "oklch(74% .11 158)",
            "500": "oklch(60% .105 158)",
            "600": "oklch(43.5% .085 158)",
            "700": "oklch(38% .075 158)",
            "800": "oklch(32% .062 158)",
            "900": "oklch(27% .05 158)",
            "950": "oklch(20% .036 158)",
        },
    },
}
