"""Numbers that are more than digits."""

import pytest

pytest.importorskip("pandas")

from skcurious.campaign._quantities import has_no_value, quantities


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("105 °C", 105, "°C"),
        ("105°C", 105, "°C"),
        ("0.1 M", 0.1, "M"),
        ("5 mol/(L s)", 5, "mol/(L s)"),
        ("300 cm-1", 300, "cm-1"),
        ("$1,234.50", 1234.5, "$"),
        ("-$5", -5, "$"),
        ("12.50 €", 12.5, "€"),
        ("1,234,567", 1234567, ""),
        ("19 680 €", 19680, "€"),
        ("15%", 15, "%"),
        ("−0.21", -0.21, ""),
        ("–3", -3, ""),
        ("~20", 20, ""),
        ("ca. 20 mg", 20, "mg"),
        ("4.0±0.2", 4, ""),
        ("4.0 +/- 0.2 mg", 4, "mg"),
        ("1.5×10-8", 1.5e-8, ""),
        ("1.5×10⁻⁸", 1.5e-8, ""),
        ("1.5 x 10^-8 M", 1.5e-8, "M"),
        ("5e-3 M", 5e-3, "M"),
        ("１２", 12, ""),
    ],
)
def test_one_evident_value(cell, value, unit):
    found = quantities([cell])[cell]
    assert (found.value, found.unit) == (value, unit)
    assert found.is_apart


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("1.234,50 €", 1234.5, "€"),
        ("12,5 Gew.%", 12.5, "Gew.%"),
        ("−0,21", -0.21, ""),
        ("1,5×10-8", 1.5e-8, ""),
    ],
)
def test_decimal_commas(cell, value, unit):
    found = quantities([cell], ",")[cell]
    assert (found.value, found.unit) == (value, unit)
    assert quantities([cell], ".")[cell] is None or "1.5" not in cell


@pytest.mark.parametrize(
    "cell",
    ["20-30", "20–30 mg", "<0.1", "≤ 0.1 mg", "(12.5)", "1/2", "12:30", "5 to 7"],
)
def test_no_single_value(cell):
    assert quantities([cell])[cell] is None
    assert has_no_value(cell)


@pytest.mark.parametrize(
    "cell",
    [
        *["1,234", "8,5", "1.5 E-8", "5?", "1'234.50", "12B345", "0012", "0012 mg"],
        *["2-propanol", "67-64-1", "1.5e", "+-5", "3 x 4", "n/a", "THF", "", "1_000"],
    ],
)
def test_neither(cell):
    assert quantities([cell])[cell] is None
    assert not has_no_value(cell)


def test_letters_of_names_are_no_units():
    assert not quantities(["1a"])["1a"].is_apart


def test_one_cell_shows_what_commas_are_in_the_others():
    found = quantities(["1,234.50", "1,234", "985.5"])
    assert [q.value for q in found.values()] == [1234.5, 1234, 985.5]
