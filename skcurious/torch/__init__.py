"""Networks of any shape: torch modules with a sense of curiosity.

Needs torch and skorch (``pip install torch skorch``), which nothing else in
skcurious does.

======================  =======================================================
module                  room
======================  =======================================================
``_net``                the estimator, a skorch regressor
``_options``            what its parameters may be
``_training``           steps of training, the penalty, checkpoints
``_fitting``            from a trained module to its linearised model
``_fitted``             questions about rows
``_model``              the linearised model
``_data``               rows as tensors, from arrays, tensors and datasets
``_network``            a module at its parameters
``_layout``             where these lie in a flat vector
``_rows``               a network at rows: output, J v, J^T r
``_modes``              how modules are evaluated for derivatives
``_capture``            which layers know their gradients, and which do not
``_kinds``              kinds of layers that do
``_layers``             their gradients, which are not formed
``_features``           of all layers together
``_row_by_row``         those of all others
``_kernel``             the tangent kernel, and the Woodbury inverse
``_curvature``          products with the Gauss-Newton matrix
``_conjugate``          conjugate gradients on tensors
``_factors``            other inverses of the curvature
``_solve``              the tangent of a trained network
``_carried``            the tangent beside training
``_polish``             steps towards an optimum
``_checkpoints``        parameters on disk
``_tensors``            small things
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
