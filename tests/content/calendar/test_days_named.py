"""Special days are called what guests call them: they stand in captions, so they are in the captions' language."""

from datetime import UTC, date, datetime

import pytest

from content.calendar import gathering
from content.calendar.days import data, name_in, special_days
from content.languages import LISTED
from content.models import BrandProfile

NOW = datetime(2027, 4, 20, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MENU = sorted({str(word) for entry in data()["food"] for word in entry["words"]})


def names(country, language="en", known=()):
    return {o.name for o in special_days(country, *YEAR, known=known, language=language)}


def test_every_day_of_the_list_has_a_name_in_every_language_we_write():
    listed = {entry["name"] for source in ("great", "food") for entry in data()[source]}
    known = data("special_days_names.yaml")
    assert {name for name in listed if set(known.get(name, ())) != set(LISTED)} == set()
    assert all(text == text.strip() and text for found in known.values() for text in found.values())


@pytest.mark.parametrize(
    ("country", "language", "there"),
    [
        ("DE", "de", {"Muttertag", "Valentinstag", "Tag der Deutschen Einheit", "Welttag der Pizza", "Silvester"}),
        ("AT", "de-AT", {"Muttertag", "Nikolaustag"}),
        ("ES", "es", {"Día de San Valentín", "Nochebuena", "Día Mundial de la Pizza"}),
        ("MX", "es-MX", {"Cinco de Mayo", "Día de la Independencia"}),
        ("FR", "fr", {"Fête nationale", "Fête des pères", "Saint-Valentin", "Fête du Travail"}),
        ("IT", "it", {"Festa della mamma", "Festa della Repubblica", "Giornata mondiale della pizza"}),
        ("CH", "fr", {"Fête des mères"}),
        ("US", "es", {"Día de Acción de Gracias", "Día de la Independencia", "Navidad"}),
        ("BR", "pt", {"Valentine's Day", "Natal"}),  # the library's own names, and English for the rest
        ("XX", "de", {"Heiligabend"}),
    ],
)  # fmt: skip
def test_a_country_has_its_days_in_the_language_of_its_captions(country, language, there):
    assert there - names(country, language, known=["Pizza"]) == set()


@pytest.mark.parametrize("country", ["US", "DE", "ES", "FR", "IT", "GB", "CH", "MX"])
@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "nl"])
def test_another_language_changes_names_and_no_days(country, language):
    english = special_days(country, *YEAR, known=MENU)
    other = special_days(country, *YEAR, known=MENU, language=language)
    facts = {(o.day, o.english): (o.rank, o.words, o.source) for o in english}
    assert {(o.day, o.english): (o.rank, o.words, o.source) for o in other}.items() <= facts.items()
    assert {o.day for o in other} == {o.day for o in english}
    assert len({(o.day, o.name) for o in other}) == len(other), "no day is offered twice"


def test_english_stays_as_it_was():
    assert {"Thanksgiving Day", "Mother's Day", "World Pizza Day"} <= names("US", known=["Pizza"])
    assert name_in("pt-BR", "Halloween") == "Halloween" and name_in("de", "Campaign") == "Campaign"
    assert "Memorial Day" not in names("US", "es") and not any("Gedenk" in name for name in names("US", "de"))


def test_the_plan_offers_them_in_the_brands_first_language_and_takes_both_names(cafe):
    cafe.country = "DE"
    BrandProfile.objects.create(languages=["de", "en"], created_at=NOW, updated_at=NOW)
    may = (date(2027, 5, 1), date(2027, 5, 31))
    assert "Muttertag" in {o.name for o in gathering.offered_days(cafe, *may)}
    for wanted in ("Muttertag", "Mother's Day"):
        wish = gathering.wish_of(
            tenant=cafe, first=may[0], last=may[1], count=5, now=NOW,
            special=[wanted], times={},
        )  # fmt: skip
        assert [o.name for o in wish.occasions] == ["Muttertag"], wanted
