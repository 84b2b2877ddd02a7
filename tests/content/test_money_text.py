from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.money_text import amounts, price_text


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$12.50", ["12.50"]),
        ("12,50 €", ["12.50"]),
        ("€ 1.234,50", ["1234.50"]),
        ("$1,234", ["1234"]),
        ("USD 12 or 9 EUR", ["12", "9"]),
        ("twelve dollars", ["12"]),
        ("twenty-five bucks", ["25"]),
        ("for 12.50", ["12.50"]),
        ("open for 2.5 km", []),
        ("at 6.30 pm", []),
        ("100 % fun, 3 friends, 24/7", []),
        ("CHF 1'200.50", ["1200.50"]),
    ],
)
def test_amounts_are_read_as_people_write_them(text, values):
    assert [a.value for a in amounts(text)] == [Decimal(v) for v in values]


@given(st.integers(1, 99999), st.integers(0, 99))
def test_a_price_as_we_write_it_reads_back_as_itself(whole, cents):
    price = Decimal(whole) + Decimal(cents) / 100
    for currency in ("USD", "EUR", "GBP", "CHF"):
        found = list(amounts(f"only {price_text(price, currency)} now"))
        assert [a.value for a in found] == [price]
        assert currency in found[0].currencies


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_amounts(text):
    for amount in amounts(text):
        assert amount.value >= 0
        assert text[amount.start : amount.end].strip() == amount.text
