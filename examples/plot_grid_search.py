"""
Pipelines, categories and grid search
=====================================

A curious regressor is a scikit-learn regressor: it takes its place at the end of a
pipeline, behind a ``ColumnTransformer``, in a grid search over its parameters; it can
be cloned, and it tells a pipeline which arguments to route to it. The functions of
skcurious look through all of that for the regressor. The table: 178 wines of three
cultivars, and how much alcohol is in them.
"""

import matplotlib.pyplot as plt
import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skcurious import CuriousKernelRidge, curiosity_score
from skcurious.query import expected_curiosity_reduction

console = Console()

# %%
# A table with categories
# -----------------------
# The cultivar is a category, and alcohol is what we want to know. Forty wines have
# been analysed.

wines = load_wine(as_frame=True)
X = wines.data.drop(columns="alcohol")
X["cultivar"] = wines.target_names[wines.target]
y = wines.data["alcohol"]
X_labelled, X_pool, y_labelled, y_pool = train_test_split(
    X, y, train_size=40, random_state=0
)

# %%
# A pipeline, a search over alpha and the kernel, and a scaled target
# -------------------------------------------------------------------
# ``set_output`` lets the table keep the names of its columns on the way. Kernel ridge
# regression has no intercept, and leaves that to the ``TransformedTargetRegressor``.

columns = make_column_transformer(
    (OneHotEncoder(sparse_output=False), ["cultivar"]),
    remainder=StandardScaler(),
    verbose_feature_names_out=False,
).set_output(transform="pandas")
kernels, alphas = ["linear", "rbf", "laplacian"], np.logspace(-3, 2, 11)
search = GridSearchCV(
    make_pipeline(columns, CuriousKernelRidge(gamma=0.02)),
    {
        "curiouskernelridge__alpha": alphas,
        "curiouskernelridge__kernel": kernels,
    },
    scoring="neg_root_mean_squared_error",
    cv=KFold(5, shuffle=True, random_state=0),
)
model = TransformedTargetRegressor(search, transformer=StandardScaler())
model.fit(X_labelled, y_labelled)

# %%
# A notebook shows the parts of the model, with links to their documentation. What the
# search found, in standard deviations of the alcohol:

table = Table(title="Five folds")
for column in ["kernel", "alpha", "error"]:
    table.add_column(column, justify="right")
found = model.regressor_.cv_results_
errors = {
    kernel: -found["mean_test_score"][
        found["param_curiouskernelridge__kernel"] == kernel
    ]
    for kernel in kernels
}
for kernel, values in errors.items():
    table.add_row(kernel, f"{alphas[values.argmin()]:.3g}", f"{values.min():.3f}")
console.print(table)

pipeline = model.regressor_.best_estimator_
regressor = pipeline[-1]
console.print("The regressor knows its columns:", list(regressor.feature_names_in_))
assert "cultivar_class_0" in regressor.feature_names_in_

# %%
# Curiosity through all of it
# ---------------------------
# Pipelines, searches and the like do not forward methods that they do not know. The
# function finds the regressor, and transforms the rows on the way, as if by hand:

scores = curiosity_score(model, X_pool)
by_hand = regressor.curiosity_score(pipeline[:-1].transform(X_pool))
assert np.array_equal(scores, by_hand)

indices, _ = expected_curiosity_reduction(model, X_pool, n_instances=5, random_state=0)
console.print("The five wines to analyse next:")
console.print(X_pool.iloc[indices][["cultivar", "malic_acid", "proline"]].to_string())

# %%
# A clone has the parameters and nothing that was learned, and learns the same again.

again = clone(model)
assert not hasattr(again, "regressor_")
again.fit(X_labelled, y_labelled)
assert np.array_equal(curiosity_score(again, X_pool), scores)

# %%
# Standard deviations, with and without metadata routing
# ------------------------------------------------------
# A pipeline hands ``return_std`` to its last step. With metadata routing enabled the
# step has to ask for it.

mean, std = pipeline.predict(X_pool, return_std=True)
with config_context(enable_metadata_routing=True):
    regressor.set_predict_request(return_std=True)
    routed = pipeline.predict(X_pool, return_std=True)
assert np.array_equal(routed, (mean, std))

# %%
# The search, and the wines it asks for
# -------------------------------------
# Bars are two standard deviations of the mean; what one wine differs from another of
# the same measurements comes on top. About the five wines the model is less sure than
# about the average of the others.

scaler = model.transformer_
mean, std = mean * scaler.scale_ + scaler.mean_, std * scaler.scale_
assert std[indices].mean() > std.mean()
assert np.allclose(mean, model.predict(X_pool))

# sphinx_gallery_thumbnail_panel = 2
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for kernel, values in errors.items():
    left.semilogx(alphas, values, "o-", ms=4, label=kernel)
left.set(xlabel="alpha", ylabel="error by cross-validation / standard deviation")
left.legend(frameon=False, title="kernel")
right.axline((13, 13), slope=1, color="0.6", ls=":", zorder=0)
right.errorbar(y_pool, mean, 2 * std, fmt="none", ecolor="0.85", zorder=1)
for name in wines.target_names:
    rows = (X_pool["cultivar"] == name).to_numpy()
    right.plot(y_pool[rows], mean[rows], ".", label=name)
right.plot(y_pool.iloc[indices], mean[indices], "C3o", ms=9, mfc="none", label="asked")
right.set(xlabel="alcohol (% by volume)", ylabel="prediction")
right.legend(frameon=False, loc="upper left")
fig.savefig("grid_search.png", dpi=120)
console.print("Picture written to grid_search.png")
