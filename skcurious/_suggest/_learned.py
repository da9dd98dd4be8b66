"""Which model learns, and how well it predicts."""

import warnings
from dataclasses import dataclass

from skcurious._words import count
from skcurious.campaign._fit import FEWEST_LABELS, FOLDS, kind
from skcurious.campaign._model import PROCESS

MEAN = "the mean of the labels"
# An error of this part of the mean's is next to nothing: a model may be as good by
# chance.
LITTLE = 0.9


@dataclass
class Learned:
    """A model, and how well it and the mean of the labels predict.

    Attributes
    ----------
    name : str
        Of the model.
    targets : list of str
        Those that are learnt.
    errors : dict of str to list of float
        Root mean squared error of cross-validation of each target, by model.
    n_labels : list of int
        Rows with a label of each target.
    n_folds : int
        Parts of the cross-validation.
    notes : list of str
        What the user should know about it.
    """

    name: str
    targets: list
    errors: dict
    n_labels: list
    n_folds: int
    notes: list


def learned(look, which):
    """The model of a campaign, and its errors.

    Parameters
    ----------
    look : Outlook
    which : str or estimator

    Returns
    -------
    learned : Learned
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        own, targets = list(look.cv_error.values()), list(look.cv_error)
    notes = list(dict.fromkeys(" ".join(str(w.message).split()) for w in caught))
    for target in look.training.Y:
        if target not in targets:
            notes.append(
                f"{target!r} is not learnt yet: that takes {FEWEST_LABELS} rows with "
                "labels of it that differ."
            )
    Y = look.training.Y[targets]
    n_labels = [int(n) for n in Y.count()]
    name = kind(which, max(n_labels)) if isinstance(which, str) else "your model"
    # Of the mean of all other labels, one left out after another.
    mean = [
        float(y.std(ddof=0) * n / (n - 1))
        for (_, y), n in zip(Y.items(), n_labels, strict=True)
    ]
    for target, error, of_mean in zip(targets, own, mean, strict=True):
        if error >= LITTLE * of_mean:
            notes.append(
                f"The model predicts {target!r} "
                f"{'no' if error >= of_mean else 'hardly'} better than the mean: these "
                "columns told it next to nothing about it yet, and the suggestions "
                "rest on how the rows differ. More labels, other columns or another "
                "model may change that."
            )
    if which == "auto" and name != PROCESS:
        notes.append(
            f"{count(max(n_labels), 'label')} would take a Gaussian process minutes: "
            f"{name} learns from them instead."
        )
    if name == "mlp":
        notes.append(
            "The ± of a network comes from its errors on rows that it was trained on, "
            "and is too small."
        )
    return Learned(name, targets, {MEAN: mean, name: own}, n_labels, FOLDS, notes)
