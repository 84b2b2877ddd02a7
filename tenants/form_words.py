"""What a form says about a field, as one says it to a busy owner: Django's sentences are written for programmers.

Set once for all forms, on the places that Django reads them from; the API has its own (DRF's) and keeps them.
"""

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


def speak_plainly() -> None:
    """Called when the app is ready, before any form of ours is made."""
    forms.Field.default_error_messages["required"] = _("Please fill this in.")
    forms.IntegerField.default_error_messages["invalid"] = _("Write a whole number.")
    forms.DecimalField.default_error_messages["invalid"] = _("Write a number, like 12.50.")
    validators.EmailValidator.message = _("Write an e-mail address like name@example.com.")
    validators.MaxValueValidator.message = _("Not more than %(limit_value)s.")
    validators.MinValueValidator.message = _("Not less than %(limit_value)s.")
    validators.MaxLengthValidator.message = ngettext_lazy(
        "At most %(limit_value)d character; these are %(show_value)d.",
        "At most %(limit_value)d characters; these are %(show_value)d.",
        "limit_value",
    )
