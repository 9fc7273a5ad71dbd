"""What a library for multilayer perceptrons has not, by name."""

import pytest

from autograd_mlp import layers


@pytest.mark.parametrize("name", ["Conv2D", "LSTM", "MultiHeadAttention", "RandomFlip"])
def test_a_layer_of_another_family_is_named(name):
    with pytest.raises(AttributeError, match=f"^{name} is an? .* layer of Keras, which"):
        getattr(layers, name)


def test_merging_layers_say_what_to_do():
    with pytest.raises(AttributeError, match="call.. of a Layer of your own"):
        layers.Concatenate  # noqa: B018


def test_mistyped_names_get_a_hint():
    with pytest.raises(AttributeError, match="did you mean 'Dropout'"):
        layers.Dropot  # noqa: B018
    with pytest.raises(ImportError):
        from autograd_mlp.layers import Conv2D  # noqa: F401
