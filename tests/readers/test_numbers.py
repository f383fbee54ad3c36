import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.config.layers import NumberFormat
from commune_coverage.readers.parsing.numbers import is_missing, latin_digits, to_numbers


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.5", "2"], [1.5, 2.0]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["1,234", "12,345,678"], [1234.0, 12345678.0]),
        (["1.234,5", "2,5"], [1234.5, 2.5]),
        (["១២៣", "៤,៥"], [123.0, 4.5]),
        (["1 234", "5"], [1234.0, 5.0]),
        (["", "n/a", "abc"], [np.nan] * 3),
        (["inf", "-inf"], [np.inf, -np.inf]),
        (["1e3", "-2.5E-1"], [1000.0, -0.25]),
    ],
)
def test_numbers_as_people_type_them(texts, expected):
    assert to_numbers(pd.Series(texts, dtype=object)).tolist() == pytest.approx(expected, nan_ok=True)


def test_stated_decimal_mark_wins():
    assert to_numbers(pd.Series(["1,234"], dtype=object), NumberFormat(",")).tolist() == [1.234]
    assert to_numbers(pd.Series(["1,234"], dtype=object), NumberFormat(".")).tolist() == [1234.0]


@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 3)), min_size=1))
def test_decimal_comma_round_trip(values):
    texts = pd.Series([f"{value:.3f}".replace(".", ",") for value in values], dtype=object)
    assert to_numbers(texts, NumberFormat(",")).tolist() == pytest.approx(values)


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_nan_never_an_error(text):
    assert to_numbers(pd.Series([text], dtype=object)).shape == (1,)


def test_missing_words_and_digits_of_any_script():
    assert is_missing(pd.Series(["", " NA ", "0", None, "-"], dtype=object)).tolist() == [True, True, False, True, True]
    assert latin_digits("ភូមិ ០១២") == "ភូមិ 012"
