"""Which model learns, and what its errors are."""

import warnings
from dataclasses import dataclass

from skcurious.campaign import _model
from skcurious.campaign._fit import FEWEST_LABELS, FOLDS, kind
from skcurious.campaign._model import LITTLE, MEAN


@dataclass
class Choice:
    """A model, and how well it and others predict.

    Attributes
    ----------
    model : str or estimator
        What :class:`~skcurious.campaign.Campaign` takes for one.
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

    model: object
    name: str
    targets: list
    errors: dict
    n_labels: list
    n_folds: int
    notes: list


def choose(problem, look, which, seed):
    """The best of several models for one target, the model of campaigns for others.

    Known noise and several targets are for campaigns, whose model takes them.

    Parameters
    ----------
    problem : Problem
    look : Outlook
        Of the problem, its model ``which``.
    which : str
        Key of ``MODELS``, or 'auto'.
    seed : int

    Returns
    -------
    choice : Choice
    """
    is_known = problem.results.deviations.notna().any(axis=None)
    if len(problem.targets) == 1 and not is_known:
        chosen = _model.choose_model(problem, which, seed)
        return Choice(
            chosen.estimator,
            chosen.name,
            problem.targets,
            {name: [error] for name, error in chosen.errors.items()},
            [len(problem.y)],
            chosen.n_folds,
            chosen.notes,
        )
    return of_campaign(look, which)


def of_campaign(look, which):
    """The model of a campaign, and its errors.

    Parameters
    ----------
    look : Outlook
    which : str or estimator

    Returns
    -------
    choice : Choice
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
                "rest on how the rows differ."
            )
    return Choice(which, name, targets, {MEAN: mean, name: own}, n_labels, FOLDS, notes)
