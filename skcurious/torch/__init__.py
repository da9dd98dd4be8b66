"""Networks of any shape: torch modules with a sense of curiosity.

Needs torch and skorch (``pip install torch skorch``), which nothing else in
skcurious does.

======================  =======================================================
module                  room
======================  =======================================================
``_net``                the estimator, a skorch regressor
``_data``               rows as tensors, from arrays, tensors and datasets
``_network``            a module at its parameters: output, J v, J^T r
``_modes``              how modules are evaluated for derivatives
``_layers``             what a layer makes of a row: gradients that are not formed
``_capture``            which layers know their gradients, and which do not
``_kernel``             the tangent kernel, and the Woodbury inverse
``_curvature``          products with the Gauss-Newton matrix
``_conjugate``          conjugate gradients on tensors
``_factors``            other inverses of the curvature
``_solve``              the tangent of a trained network
``_carried``            the tangent beside training
``_polish``             steps towards an optimum
``_model``              the linearised model
======================  =======================================================
"""

__all__ = ["CuriousNetRegressor"]


def __getattr__(name):
    # What needs torch alone can be used where skorch is missing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from skcurious.torch._net import CuriousNetRegressor
    except ImportError as error:
        raise ImportError(
            "skcurious.torch needs torch and skorch: pip install torch 'skorch>=1.0'."
        ) from error
    return CuriousNetRegressor
