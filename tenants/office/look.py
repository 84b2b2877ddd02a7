"""Colours and names of the back office (settings.UNFOLD): the product's warm neutrals and its accent."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Back office · Social Automation",
    "SITE_HEADER": "Social Automation",
    "SITE_SUBHEADER": "Back office",
    "SITE_URL": "/",
    "SITE_SYMBOL": "restaurant",
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
        "primary": {
            "50": "oklch(97% .02 35)",
            "100": "oklch(94% .04 35)",
            "200": "oklch(88% .075 34)",
            "300": "oklch(80% .12 33)",
            "400": "oklch(70% .165 32)",
            "500": "oklch(60% .18 31)",
            "600": "oklch(53% .18 30)",
            "700": "oklch(46% .16 29)",
            "800": "oklch(39% .13 28)",
            "900": "oklch(33% .1 27)",
            "950": "oklch(24% .07 26)",
        },
    },
}
