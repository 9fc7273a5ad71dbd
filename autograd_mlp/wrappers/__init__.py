"""Models as scikit-learn estimators (needs the extra ``sklearn``).

`KerasClassifier` and `KerasRegressor` are made from a function that builds a model, in the style of
``keras.wrappers.scikit_learn`` (``build_fn=``) and of SciKeras (``model=``, ``model__units=``);
`SKLearnClassifier`, `SKLearnRegressor` and `SKLearnTransformer` are those of Keras 3.
"""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "autograd_mlp.wrappers needs scikit-learn: pip install 'autograd_mlp[sklearn]'"
    ) from error

from .scikit_learn import KerasClassifier, KerasRegressor
from .sklearn_wrapper import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

__all__ = ["KerasClassifier", "KerasRegressor", "SKLearnClassifier", "SKLearnRegressor",
           "SKLearnTransformer"]
