"""What a subclass leaves out is named when the object is made."""

import inspect

import pytest

from skcurious import linearised
from skcurious.linearised import (
    ExplicitModel,
    LinearisedModel,
    NoCovariance,
    SeparateOutputs,
    TangentModel,
)

ABSTRACT = {
    TangentModel: ["output", "row_bytes", "tangent_at"],
    LinearisedModel: [
        "attributes",
        "complexity",
        "gradients",
        "jvp",
        "output",
        "row_bytes",
        "solve",
        "vjp",
    ],
    ExplicitModel: ["attributes", "complexity", "gradients", "output", "solve"],
    SeparateOutputs: [
        "attributes",
        "complexity",
        "each_leverage",
        "each_leverage_diagonal",
        "gradients",
        "jvp",
        "output",
        "row_bytes",
        "solve",
        "vjp",
    ],
}


@pytest.mark.parametrize("cls", ABSTRACT)
def test_what_there_is_to_implement(cls):
    assert sorted(cls.__abstractmethods__) == ABSTRACT[cls]
    with pytest.raises(TypeError) as caught:
        cls()
    assert all(name in str(caught.value) for name in ABSTRACT[cls])


@pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, names in ABSTRACT.items() for name in names]
)
def test_one_method_that_is_missing_is_named(cls, name):
    rest = {other: lambda self: None for other in ABSTRACT[cls] if other != name}
    with pytest.raises(TypeError) as caught:
        type("Incomplete", (cls,), rest)()
    message = str(caught.value)
    assert "Incomplete" in message
    assert name in message
    assert not any(other in message.split() for other in rest)


def test_the_models_of_the_package_are_complete():
    for name in ("LinearModel", "KernelModel", "NetworkModel"):
        assert not inspect.isabstract(getattr(linearised, name))


class Constant(TangentModel):
    def row_bytes(self, leverage):
        return 8

    def output(self, rows):
        return 0 * rows[:, :1]

    def tangent_at(self, rows):
        return rows[:, :1]


def test_facts():
    model = Constant(n_outputs=1, flat=True, noise_variance=2.0)
    assert model.posterior_variance == 2.0
    assert model.regularity_per_alpha == 1.0
    assert model.for_influence is model
    model.check_covariance()
    other = Constant(
        n_outputs=1,
        flat=True,
        noise_variance=2.0,
        posterior_variance=3.0,
        no_covariance=NoCovariance(KeyError, "there is none"),
    )
    assert other.posterior_variance == 3.0
    with pytest.raises(KeyError, match="there is none"):
        other.check_covariance()
