"""
A patient withdraws, and two hospitals make one model
=====================================================

Who has given data may take them back, and a model that was fitted to them has to
follow. ``forget`` makes of a fitted model the one that never saw some rows, without a
fit to the others. The same sums, read the other way round, put models together whose
rows must not meet: ``merge``.

The table is that of 442 patients with diabetes: ten measurements, and how far the
disease progressed within a year.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.metrics import root_mean_squared_error

from skcurious import CuriousGaussianProcessRegressor, CuriousRidge
from skcurious.influence import self_influence
from skcurious.merging import merge
from skcurious.unlearning import forget

X, y = load_diabetes(return_X_y=True)
X *= np.sqrt(len(y))  # every column comes divided by it: standardised
train, test = np.arange(300), np.arange(300, len(y))

# %%
# One patient
# -----------
# A Gaussian process that learned its kernel from 300 patients keeps their rows. The
# one that it would miss most asks to be forgotten.

model = CuriousGaussianProcessRegressor().fit(X[train], y[train])
who = int(np.argmax(np.abs(self_influence(model, X[train], y[train]))))
less = forget(model, X[[who]], y[[who]])
print(f"patient {who}: rows kept {len(model.X_train_)} -> {len(less.X_train_)}")

# %%
# The kernel stays, and with it ``less`` is what a fit without this patient makes; a fit
# is what we compare with. (``refit_hyperparameters=True`` would learn the kernel
# again, too.)

others = np.delete(train, who)
kept = CuriousGaussianProcessRegressor(kernel=model.kernel_, optimizer=None)
anew = kept.fit(X[others], y[others])
moved = less.predict(X[test]) - model.predict(X[test])
expected = anew.predict(X[test]) - model.predict(X[test])
print(f"predictions of others moved by up to {np.abs(moved).max():.2f}")
print(f"and differ from those of a fit by up to {np.abs(moved - expected).max():.0e}")
assert np.allclose(moved, expected, atol=1e-6)

# %%
# Who was never in cannot be taken out: nothing happens but a sentence.

try:
    forget(less, X[[who]], y[[who]])
except ValueError as error:
    print(error)

# %%
# Two hospitals
# -------------
# One treats the older half of the patients, the other the younger. A ridge regression
# is made of sums over rows: each hospital fits its own, and ``merge`` adds the sums.
# What leaves the house are eleven means and a matrix of 11 x 11, no row. (The sums of
# a handful of rows give these away; those of 150 hide them, unless somebody knows all
# but one.)

ridge = CuriousRidge(alpha=10.0)
older = X[train, 0] > np.median(X[train, 0])
hospitals = [
    clone(ridge).fit(X[train][part], y[train][part]) for part in (older, ~older)
]
together = merge(hospitals)
all_rows = clone(ridge).fit(X[train], y[train])
off = np.abs(together.coef_ - all_rows.coef_).max()
print(f"coefficients differ from those of a fit to all rows by up to {off:.0e}")
assert np.allclose(together.coef_, all_rows.coef_)

# %%
# The patient of before was in one of the hospitals, and in the model of both.

withdrawn = forget(together, X[[who]], y[[who]])
expected = clone(ridge).fit(X[others], y[others])
assert np.allclose(withdrawn.predict(X), expected.predict(X))

errors = {
    "older": root_mean_squared_error(y[test], hospitals[0].predict(X[test])),
    "younger": root_mean_squared_error(y[test], hospitals[1].predict(X[test])),
    "average": root_mean_squared_error(
        y[test], np.mean([one.predict(X[test]) for one in hospitals], axis=0)
    ),
    "merged": root_mean_squared_error(y[test], together.predict(X[test])),
    "all rows": root_mean_squared_error(y[test], all_rows.predict(X[test])),
}
for name, error in errors.items():
    print(f"{name:9s} {error:6.2f}")

# %%
# On the left, how much the prediction of every other patient moves when one withdraws;
# on the right, errors on patients of any age.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
axes[0].plot(moved, anew.predict(X[test]) - model.predict(X[test]), "o", ms=4)
axes[0].axline((0, 0), slope=1, color="grey", lw=1)
axes[0].set(xlabel="moved by forget", ylabel="moved by a fit without the patient")
axes[1].barh(list(errors), list(errors.values()), color=3 * ["C7"] + 2 * ["C0"])
axes[1].invert_yaxis()
lowest = min(errors.values())
axes[1].set(xlabel="root mean squared error", xlim=(0.95 * lowest, None))
plt.show()
