"""Numbers and names in sentences."""

import pytest

from skcurious._words import aligned, count, did_you_mean, names, with_error


def test_count_and_names():
    assert count(1, "row") == "1 row"
    assert count(2_000, "row") == "2,000 rows"
    assert names(["a", "b"]) == "'a', 'b'"
    assert names("abcdef", most=2) == "'a', 'b' and 4 more"
    assert names("ab", [3, 1]) == "'a' (3), 'b' (1)"


def test_did_you_mean():
    assert did_you_mean("YIELDS", ["Yield", "x"]) == "did you mean 'Yield'?"
    assert did_you_mean("q", ["Yield", "x"]) == "its columns are 'Yield', 'x'."


@pytest.mark.parametrize(
    ("value", "std", "words"),
    [
        (34.2345, 1.7654, "34.2 ± 1.8"),
        (-34.2345, 0.0176, "-34.234 ± 0.018"),
        (12345.6, 678.9, "12346 ± 679"),
        (0.0, 0.5, "0.00 ± 0.50"),
        (1.5, 0.0, "1.5000000 ± 0.0000000"),
        (0.0, 0.0, "0 ± 0"),
        (1.2345e-7, 1.2345e-9, "1.23e-07 ± 1.2e-09"),
        (1.2345e12, 1.2345e9, "1.23e+12 ± 1.2e+09"),
    ],
)
def test_with_error(value, std, words):
    assert with_error(value, std) == words


def test_aligned():
    assert aligned([19.123, 7.484]) == ["19.12", "7.48"]
    assert aligned([1912.3, 748.4]) == ["1912", "748"]
    assert aligned([1.0, 0.0]) == ["1", "0"]
    assert aligned([1.0, 2.3456e-9]) == ["1", "2.35e-09"]
    assert aligned([2.3456e9, 1.0]) == ["2.35e+09", "1"]
