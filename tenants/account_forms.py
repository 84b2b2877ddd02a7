"""allauth's account forms in our words: one sentence about passwords instead of a list of rules, and no field
that repeats its label inside itself.
"""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _

PASSWORD_RULE = _("At least 10 characters, and not one that everybody uses.")


class _Words:
    """Mixed into a form of allauth: labels and help of the fields it has."""

    labels = {
        "login": _("E-mail address"),
        "email": _("E-mail address"),
        "oldpassword": _("Current password"),
    }
    new_passwords = {"password1": _("New password"), "password2": _("New password again")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.fields  # type: ignore[attr-defined]
        for name, label in (self.labels | self.new_passwords).items():
            if name in fields:
                fields[name].label = label
        for field in fields.values():
            field.widget.attrs.pop("placeholder", None)
        if "password1" in fields:
            fields["password1"].help_text = PASSWORD_RULE


class LoginForm(_Words, forms.LoginForm):
    pass


class SignupForm(_Words, forms.SignupForm):
    new_passwords = {"password1": _("Password")}


class AddEmailForm(_Words, forms.AddEmailForm):
    pass


class ChangePasswordForm(_Words, forms.ChangePasswordForm):
    pass


class SetPasswordForm(_Words, forms.SetPasswordForm):
    pass


class ResetPasswordForm(_Words, forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(_Words, forms.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(_Words, forms.ReauthenticateForm):
    pass
