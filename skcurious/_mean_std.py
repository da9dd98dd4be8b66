"""What ``predict(return_std=True)`` returns."""


class MeanStd(tuple):
    """Mean and standard deviation, two arrays.

    A TransformedTargetRegressor, which takes what ``predict`` returns for one array,
    ends in a sentence that says what to call.
    """

    __slots__ = ()

    def __new__(cls, mean, std):
        return super().__new__(cls, (mean, std))

    def __getnewargs__(self):
        return tuple(self)

    @property
    def ndim(self):
        """Not there: this is no array."""
        raise AttributeError(
            "predict(return_std=True) returns two arrays, mean and standard deviation, "
            "and a TransformedTargetRegressor takes back to the units of y one alone: "
            "call skcurious.predict_std(model, X) beside predict(X)."
        )
