"""Tables as they come: a problem or one sentence, and never a traceback."""

import warnings

import numpy as np
import pytest

pytest.importorskip("pandas")

import pandas as pd

from skcurious._suggest._errors import InputError
from skcurious._suggest._tables import read_table
from skcurious._suggest._written import write_table

CELLS = [
    *["", "  ", "\u00a0", "n.d.", "failed", "pending", "NA", "NaN ", "#DIV/0!", "'"],
    *["105 °C", "5 mM", "0.1 M", "$1,234.50", "12.50 €", "−0.21", "(12.5)", "~20"],
    *["20-30", "4.0±0.2", "<0.1", "1.5×10-8", "10⁻⁸", "½ mg", "12:30", "1/2", "5%"],
    *["2024-01-02", "Mar 2024", "March", "1e400", "inf", "-inf", "1,5", "1.234"],
    *["1,234", "1 234", "0012", "True", "thf", "THF", "µ", "μ", "é", "e\u0301", '"x"'],
    *["1a", "1e", "E5", "-", "+", "±", "°C", "%", "٣", "1.", ".", "0x10", "1_000"],
    *["x10", "1e5 m", "$", "-$-5", "ca.", "1,2,3", "1.2.3", "\u200b", "=A1", "(blank)"],
]
KINDS = {
    "number": lambda rng, n: [f"{x:.3g}" for x in rng.normal(size=n)],
    "integer": lambda rng, n: [f"{x}" for x in rng.integers(0, 9, n)],
    "category": lambda rng, n: rng.choice(["u", "V", "ww"], n),
    "name": lambda rng, n: [f"S{i}" for i in rng.permutation(1000)[:n]],
    "unit": lambda rng, n: [f"{x:.2f} mM" for x in rng.normal(size=n)],
    "counter": lambda rng, n: [f"{i}" for i in range(n)],
    "date": lambda rng, n: [f"2024-01-{1 + i % 28:02d}" for i in range(n)],
    "blank": lambda rng, n: [""] * n,
}


def messy(rng, names, kinds, n):
    frame = pd.DataFrame(
        {name: KINDS[kind](rng, n) for name, kind in zip(names, kinds, strict=True)},
        dtype=object,
    )
    for _ in range(rng.choice([0, 0, 1, 2])):
        cell = CELLS[rng.integers(len(CELLS))]
        frame.iat[rng.integers(n), rng.integers(frame.shape[1])] = cell
    if rng.random() < 0.1:
        frame.iloc[:, rng.integers(frame.shape[1])] = CELLS[rng.integers(len(CELLS))]
    return frame


@pytest.mark.parametrize("part", range(6))
def test_a_problem_or_one_sentence(posed, folder, part):
    rng = np.random.default_rng(part)
    n_posed, refused = 0, []
    for _ in range(12):
        names = rng.permutation(["x", "T (µC)", "Solvent", "c d", "run", "y2"])
        names = list(names[: rng.integers(1, 5)])
        kinds = list(rng.choice(list(KINDS), len(names)))
        a = messy(rng, [*names, "y"], [*kinds, "number"], rng.integers(6, 25))
        b = messy(rng, [*names, "price"], [*kinds, "counter"], rng.integers(1, 25))
        if rng.random() < 0.3:
            b = pd.concat([b, a[names].head(3)], ignore_index=True)
        if rng.random() < 0.2:
            b.columns = b.columns.str.upper()
        separator = rng.choice([",", ";", "\t", "|"])
        encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16"])
        contents = [
            frame.to_csv(index=False, sep=separator).encode(encoding)
            for frame in (a, b)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found = posed(*contents, cost=rng.choice([None, "price"]))
            except InputError as error:
                refused.append(str(error))
                continue
        n_posed += 1
        numbers = found.columns.numbers
        assert np.isfinite(found.y).all()
        assert np.isfinite(found.X[numbers].fillna(0.0).to_numpy(float)).all()
        assert set(found.pool) == {*numbers, *found.columns.categories}
        table = read_table("b.csv")
        write_table(table.frame.loc[found.pool.index], "c.csv", table.dialect)
        assert len(read_table("c.csv").frame) == len(found.pool)
    assert n_posed > 0
    assert "\n" not in "".join(refused)
