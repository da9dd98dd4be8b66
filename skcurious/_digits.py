"""Numbers to so many digits, beyond which they are those of a rounding."""

import numpy as np

# Of numbers that were written to a file and read again, or computed in two ways.
DIGITS = 12


def rounded(values):
    """Floats rounded to 12 significant digits.

    Parameters
    ----------
    values : ndarray of float
        Any shape.

    Returns
    -------
    rounded : ndarray of float
        Of -0 it makes 0; NaN and infinity stay.
    """
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(values)))
        exponent = np.where(np.isfinite(exponent), exponent, 0.0)
        scale = 10.0 ** (DIGITS - 1 - exponent)
        result = np.rint(values * scale) / scale
    # Numbers near the smallest have fewer digits.
    return np.where(np.isfinite(scale), result, values) + 0.0
