"""How a campaign stands."""

from dataclasses import dataclass

from skcurious._words import count
from skcurious.campaign._fit import FEWEST_LABELS


@dataclass(frozen=True)
class CampaignStatus:
    """What :meth:`~skcurious.campaign.Campaign.status` returns.

    Attributes
    ----------
    n_open : int
        Candidates that can be suggested, equal ones counted each.
    n_measured : int
        Candidates with a result.
    n_pending : int
        Candidates that are being measured.
    n_failed : int
        Candidates that gave no result.
    n_labels : int
        Measurements, those of one row counted each, and of rows that are no candidates.
    n_rounds : int
        How many times results came in.
    cv_error : dict of str to float
        Root mean squared error of each target by 5-fold cross-validation, in its
        units. Empty before there is a model; so are the next two.
    expected_error : dict of str to float
        Root mean square over the candidates of the standard deviation of the
        prediction, in the units of the target; the noise of labels is not in it. As
        it is now: rows under way count when their results are in.
    gain : dict of str to float
        How far one more label, of the open candidate that lowers it most, is expected
        to bring `expected_error` down.
    scatter : dict of str to float
        Standard deviation of replicates, pooled over the rows that have some, for
        targets with at least 5 replicates beyond the first of their rows.
    advice : str
        In a sentence, when to stop.

    Examples
    --------
    >>> from skcurious.campaign import CampaignStatus
    >>> status = CampaignStatus(
    ...     90, 10, 0, 0, 10, 2, {"yield": 2.1}, {"yield": 1.9}, {"yield": 0.1}, {}, ""
    ... )
    >>> status.gain["yield"] < 0.05 * status.expected_error["yield"]
    False
    """

    n_open: int
    n_measured: int
    n_pending: int
    n_failed: int
    n_labels: int
    n_rounds: int
    cv_error: dict
    expected_error: dict
    gain: dict
    scatter: dict
    advice: str

    def __str__(self):
        lines = [
            f"{self.n_open:,} open, {self.n_measured:,} measured, "
            f"{self.n_pending:,} pending, {self.n_failed:,} failed; "
            f"{count(self.n_labels, 'label')} in {count(self.n_rounds, 'round')}"
        ]
        for target, error in self.expected_error.items():
            lines.append(
                f"{target}: error {self.cv_error[target]:.3g} by cross-validation, "
                f"{error:.3g} expected; one more label buys {self.gain[target]:.2g}"
            )
        return "\n".join([*lines, self.advice])


# Part of the expected error below which a label buys next to nothing.
LITTLE = 0.01


def advice(n_open, counts, expected, gain):
    """When to stop, in a sentence.

    Parameters
    ----------
    n_open : int
        Candidates that can be suggested.
    counts : dict of str to int
        Rows with a label of each target.
    expected, gain : dict of str to float
        As in :class:`CampaignStatus`.
    """
    if not expected:
        target, n = min(counts.items(), key=lambda item: item[1])
        if n >= FEWEST_LABELS:
            return (
                f"The labels of {target!r} are all the same: until they differ, the "
                "suggestions are a design that covers the candidates."
            )
        return (
            f"There is no model yet: {n} of the {FEWEST_LABELS} rows with a label of "
            f"{target!r} that one takes; until then the suggestions are a design that "
            "covers the candidates."
        )
    if not n_open:
        return "Stop: no candidate is left to suggest."
    part, target = max((gain[t] / (expected[t] or 1.0), t) for t in expected)
    falls = (
        f"one more label is expected to lower the error of {target!r} from "
        f"{expected[target]:.3g} to {expected[target] - gain[target]:.3g} "
        f"({100 * part:.2g}%)"
    )
    if part < LITTLE:
        return (
            f"Labels buy little by now: {falls}; stop, unless the model misses "
            "something that only other rows can show."
        )
    return (
        f"Go on while it is worth its price: {falls}; stop when that is no longer so, "
        f"or an error of {expected[target]:.3g} is small enough."
    )
