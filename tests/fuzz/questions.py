"""What fitted regressors are asked, and the answers that an exact fit gives."""

import numpy as np
from flint import arb
from fuzz.exact import each, mean_squares, root, squared
from fuzz.judge import ROUNDINGS

# Answers of which every row counts by itself.
POSITIVE = "h", "std", "noise"


def questions(rows, n_targets, leverage=True):
    """Questions to a curious regressor about some rows."""
    asked = {
        "prediction": lambda m: m.predict(rows).reshape(-1, n_targets),
        "tangent": lambda m: m.predict_tangent(rows).reshape(-1, n_targets),
        "noise": lambda m: np.sqrt(np.atleast_1d(m.noise_variance_)),
        "score": lambda m: m.curiosity_score(rows, noise_variance=1.0)[:, None],
    }
    if leverage:
        asked["h"] = lambda m: covariance(m, rows).diagonal()
        asked["correlation"] = lambda m: correlation(covariance(m, rows))
        asked["std"] = lambda m: in_noise(m.predict(rows, return_std=True)[1], m)
    return asked


def covariance(model, rows):
    """The h(x, z) of rows."""
    return model.predict_covariance(rows, noise_variance=1.0)


def correlation(h):
    """Covariances of all rows with the first, in units of their deviations."""
    own = h.diagonal()
    if (own < smallest(h)).any():
        return None
    own = np.sqrt(own)
    return (h[:, :1].astype(float) / own[:, None]) / own[0]


def smallest(values):
    """Below it numbers lose their digits."""
    info = np.finfo(values.dtype)
    return info.tiny / info.eps


def in_noise(std, model):
    """Variances in units of that of the noise, about which there is a question."""
    noise = getattr(model, "calibrated_noise_variance_", model.noise_variance_)
    if (std < smallest(std)).any():
        return None
    told = np.all((1e-300 < np.asarray(noise)) & (np.asarray(noise) < 1e300))
    return np.square(std / np.sqrt(noise)).reshape(len(std), -1) if told else None


def answers(found, weights):
    """Answers to :func:`questions` from what ``exact.ridge`` and others found."""
    h = found["h"].sum(axis=2) / found["h"].shape[2]
    own = np.diagonal(h)
    deviations = [root(one.max(arb(0))) for one in own]
    between = [
        arb(0) if a.contains(0) or deviations[0].contains(0) else b / a / deviations[0]
        for a, b in zip(deviations, h[:, 0], strict=True)
    ]
    return {
        "prediction": found["prediction"],
        "tangent": found["tangent"],
        "h": own,
        "correlation": np.array(between)[:, None],
        "noise": each(root, mean_squares(found["residual"], weights)),
        "std": of_targets(found["h"], found["tangent"].shape[1]),
        "score": squared(found["tangent"]).sum(axis=1)[:, None],
    }


def of_targets(h, n_targets):
    """Variances of each target, at least 0."""
    own = np.diagonal(h).T  # (m, n_alphas)
    own = np.broadcast_to(own, (len(own), n_targets))
    return each(lambda b: b.max(arb(0)), own)


def label_rounding(Y):
    """Residuals that are nothing beside the labels; what is lost in their squares."""
    info = np.finfo(Y.dtype)
    lost = float(np.sqrt(info.tiny / info.eps))
    of_noise = max(digits(Y) * largest(Y) / ROUNDINGS, lost)
    return {"noise": of_noise, "calibrated": of_noise, "errors": lost}


def digits(Y):
    """What is nothing beside 1."""
    return 1e-10 if Y.dtype == np.float64 else 1e-4


def largest(Y):
    """The largest label."""
    return float(np.abs(Y.astype(float)).max())


def zero_rounding(Y, alphas):
    """Tangents that are nothing beside labels over alpha."""
    smallest = min(alphas)
    nothing = digits(Y) / ROUNDINGS
    size = nothing * largest(Y) / smallest if smallest > 0 else 0.0
    return {"tangent": size, "score": ROUNDINGS * size * size}


def shaped(Y):
    """Labels as users pass them."""
    return Y[:, 0] if Y.shape[1] == 1 else Y


def numbers(X, Y, weights, pool):
    """Numbers that may move by a unit in the last place."""
    weights = np.ones(len(X)) if weights is None else weights
    return {"X": X, "Y": Y, "weights": weights, "pool": pool}
