"""Forms of the brand, menu and writing pages. What is right is decided by the services; forms only ask."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from content.models import BrandProfile, MenuItem
from content.templates_engine import as_hashtag
from content.text import as_uuid
from content.words import LANGUAGES, EmojiPolicy, Kind, Source, State, Tone, WritingMode
from tenants.forms import ServiceForm

CURRENCIES = (
    "USD",
    "EUR",
    "GBP",
    "CAD",
    "AUD",
    "NZD",
    "CHF",
    "MXN",
    "BRL",
    "INR",
    "JPY",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "TRY",
)


class WordsField(forms.CharField):
    """Words or phrases separated by commas or lines, as a list; repeats are dropped."""

    def __init__(self, *, most: int = 40, separator: str = r"[,;\n]", **kwargs: Any) -> None:
        self.most = most
        self.separator = separator
        super().__init__(required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value) or ""
        found = dict.fromkeys(" ".join(p.split()) for p in re.split(self.separator, text))
        words = [word for word in found if word]
        if len(words) > self.most:
            raise ValidationError(_now("At most %(max)d, please.") % {"max": self.most})
        long = next((word for word in words if len(word) > 300), None)
        if long:
            raise ValidationError(_now("“%(word)s…” is too long.") % {"word": long[:30]})
        return words


class HashtagsField(WordsField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=30, separator=r"[,;\n\s]", **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return " ".join(f"#{tag}" for tag in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        tags = [word.lstrip("#") for word in super().clean(value)]
        wrong = next((tag for tag in tags if not re.fullmatch(r"\w+", tag) or tag.isdigit()), None)
        if wrong is not None:
            raise ValidationError(
                _now("“%(tag)s” is no hashtag. Letters and digits only, for example #%(example)s.")
                % {"tag": wrong[:40], "example": as_hashtag(wrong) or "KrustyPizza"}
            )
        return [tag for tag in tags if tag]


class LinksField(WordsField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=10, separator=r"\s", **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        links = super().clean(value)
        check = URLValidator(schemes=["http", "https"])
        for link in links:
            try:
                check(link)
            except ValidationError as error:
                raise ValidationError(
                    _now("“%(link)s” is no address. Write it whole, for example https://krusty.pizza/menu.")
                    % {"link": link[:60]}
                ) from error
        return links


class BrandForm(ServiceForm):
    description = forms.CharField(
        label=_("What you are, in your own words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "placeholder": _("Neapolitan pizza and good wine on Taylor Street, since 1998."),
            }
        ),
        help_text=_(
            "Captions may claim what stands here (“wood-fired”, “family recipe”) and nothing else like it."
        ),
    )
    cuisine = forms.CharField(label=_("Cuisine"), required=False, max_length=120)
    city = forms.CharField(label=_("City or neighbourhood"), required=False, max_length=120)
    audience = forms.CharField(
        label=_("Who comes to you"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": _("Families, students, date nights")}),
    )
    tone = forms.ChoiceField(label=_("Usual tone"), choices=Tone.choices)
    voice = forms.CharField(
        label=_("How you sound"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("Warm, a bit cheeky, never fancy words.")}),
    )
    words_to_use = WordsField(label=_("Words to use"), help_text=_("Separated by commas."))
    words_to_avoid = WordsField(
        label=_("Words to avoid"), help_text=_("A caption with one of these is never offered.")
    )
    emoji = forms.ChoiceField(label=_("Emoji"), choices=EmojiPolicy.choices)
    hashtags = HashtagsField(label=_("Your hashtags"))
    hashtag_limit = forms.IntegerField(label=_("Most hashtags in a post"), min_value=0, max_value=30)
    languages = forms.MultipleChoiceField(
        label=_("Also allowed"),
        required=False,
        choices=list(LANGUAGES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Captions may be written in and translated into these; no others. Without AI, templates write English,"
            " German, Spanish, French and Italian; in the others they only put your own words together."
        ),
    )
    language = forms.ChoiceField(label=_("Usual language"), choices=list(LANGUAGES.items()))
    call_to_action = forms.CharField(
        label=_("Call to action"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("Book a table at the link in our profile")}),
    )
    links = LinksField(
        label=_("Links a caption may contain"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One in a line. Any other link is taken out of what the AI writes."),
    )
    mode = forms.ChoiceField(label=_("Who writes"), choices=WritingMode.choices, widget=forms.RadioSelect)

    @classmethod
    def of(cls, profile: BrandProfile, language: str, data: Any = None) -> "BrandForm":
        initial = {name: getattr(profile, name, "") for name in cls.base_fields if name != "language"}
        spoken = list(profile.languages) or [language]
        return cls(data, initial=initial | {"language": spoken[0], "languages": spoken})

    def changes(self) -> dict[str, Any]:
        """What services.edit_brand takes: the usual language stands first."""
        data = dict(self.cleaned_data)
        usual = data.pop("language")
        return data | {"languages": list(dict.fromkeys([usual, *data["languages"]]))}


_MONTHS = [("", _("All year")), *((str(n), name) for n, name in MONTHS.items())]


class DishForm(ServiceForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    section = forms.CharField(
        label=_("Section"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "sections", "autocomplete": "off", "placeholder": _("Pizza")}),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": _("San Marzano tomatoes, fior di latte, basil")}
        ),
        help_text=_("What is in it. Captions take their facts from here."),
    )
    price = forms.DecimalField(
        label=_("Price"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        localize=False,
        help_text=_("Empty: captions mention none."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(label=_("Currency"))
    allergens = WordsField(label=_("Allergens"), help_text=_("Separated by commas."))
    season_from = forms.TypedChoiceField(
        label=_("Season from"), choices=_MONTHS, coerce=int, empty_value=None, required=False
    )
    season_to = forms.TypedChoiceField(
        label=_("Season to"), choices=_MONTHS, coerce=int, empty_value=None, required=False
    )
    photo = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, currency: str = "USD", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = list(dict.fromkeys([currency, *CURRENCIES]))
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, item: MenuItem | None, currency: str, data: Any = None) -> "DishForm":
        if item is None:
            return cls(data, initial={"currency": currency}, currency=currency)
        initial = {name: getattr(item, name) for name in cls.base_fields if name != "photo"}
        return cls(data, initial=initial | {"photo": str(item.photo_id or "")}, currency=item.currency)

    def clean_photo(self) -> Asset | None:
        value = self.cleaned_data["photo"]
        if not value:
            return None
        key = as_uuid(value)
        asset = Asset.objects.filter(pk=key, deleted_at__isnull=True).first() if key else None
        if asset is None:
            raise ValidationError(_now("This photo is not in your library any more."))
        return asset

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("season_from") is None) != (data.get("season_to") is None):
            self.add_error("season_to", _now("Choose both months, or “All year” for both."))
        return data


class MenuFileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    text = forms.CharField(
        label=_("or paste the lines here"),
        required=False,
        strip=False,
        max_length=1_000_000,
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "placeholder": 'section,name,description,price\nPizza,Margherita,"tomato, basil",12.50',
            }
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("file") and not (data.get("text") or "").strip():
            raise ValidationError(_now("Choose a file or paste some lines."))
        return data

    def content(self) -> bytes:
        file = self.cleaned_data.get("file")
        return file.read() if file else self.cleaned_data["text"].encode()


class WritingFilter(forms.Form):
    """?state=&source=&kind=&platform= of the log; anything unknown is as if it were not there."""

    source = forms.ChoiceField(required=False, choices=[("", _("AI and templates")), *Source.choices])
    state = forms.ChoiceField(required=False, choices=[("", _("Any state")), *State.choices])
    kind = forms.ChoiceField(required=False, choices=[("", _("Any kind")), *Kind.choices])

    def wanted(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
