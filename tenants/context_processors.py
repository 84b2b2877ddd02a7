from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict:
    """What every page may show: the theme kept in a cookie, the restaurant and role if any."""
    theme = request.COOKIES.get("theme", "")
    return {
        "tenant": getattr(request, "tenant", None),
        "membership": getattr(request, "membership", None),
        "theme": theme if theme in ("light", "dark") else "",
        "sandbox_url": settings.SANDBOX_URL,
        "facebook_sign_in": bool(settings.FACEBOOK_APP_ID),
    }
