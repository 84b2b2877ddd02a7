"""Which currency prices are meant in when nobody says."""

from content.models import MenuItem
from tenants.models import Tenant


def currency_of(*, tenant: Tenant) -> str:
    """The menu's currency, else the country's, else US dollars."""
    first = MenuItem.objects.values_list("currency", flat=True).first()
    return first or _CURRENCIES.get(tenant.country, "USD")


_CURRENCIES = {
    **dict.fromkeys(
        [
            "AT",
            "BE",
            "DE",
            "EE",
            "ES",
            "FI",
            "FR",
            "GR",
            "HR",
            "IE",
            "IT",
            "LT",
            "LU",
            "LV",
            "NL",
            "PT",
            "SI",
            "SK",
        ],
        "EUR",
    ),
    "GB": "GBP",
    "CA": "CAD",
    "AU": "AUD",
    "NZ": "NZD",
    "CH": "CHF",
    "MX": "MXN",
    "IN": "INR",
    "JP": "JPY",
    "SE": "SEK",
    "NO": "NOK",
    "DK": "DKK",
    "PL": "PLN",
    "BR": "BRL",
}
