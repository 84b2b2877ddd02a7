from django import template
from django.utils.dates import WEEKDAYS_ABBR

register = template.Library()


@register.filter
def weekday_name(number: int | str) -> str:
    """ "Mon" for 0."""
    return str(WEEKDAYS_ABBR[int(number)])
