"""Calls of layers with several inputs, input specifications, what is passed on."""

import numpy as np
import pytest

from autograd_mlp import InputSpec, Tensor, Variable, ops
from autograd_mlp.layers import Dense, Layer

X, Y = np.ones((2, 3), np.float32), np.full((2, 3), 2.0, np.float32)


class Mix(Layer):
    def build(self, x_shape, y_shape):
        self.shapes = x_shape, y_shape
        self.w = self.add_weight((x_shape[-1],), "ones")

    def call(self, x, y, scale=1.0, training=False):
        return (x * self.w + y) * scale + (1.0 if training else 0.0)


def test_by_position_and_by_name():
    layer = Mix()
    for made in (layer(X, Y), layer(X, y=Y), layer(x=X, y=Y), layer(Tensor(X), Tensor(Y))):
        assert np.array_equal(made.numpy(), X + Y)
    assert layer.shapes == ((None, 3), (None, 3))
    assert layer.get_build_config() == {"shapes_dict": {"x_shape": (None, 3), "y_shape": (None, 3)}}
    assert layer(X, Y, scale=2.0, training=True).numpy()[0, 0] == 7


def test_inner_layers_of_several_inputs():
    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.mix, self.dense = Mix(), Dense(3)

        def call(self, x):
            return self.mix(x, self.dense(x), scale=0.5)

    outer = Outer()
    y = outer(X, training=True)
    expected = 0.5 * (X + outer.dense(X).numpy()) + 1
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6)
    assert outer.mix.path == f"{outer.name}/{outer.mix.name}"


@pytest.mark.parametrize("nest", [lambda x, y: [x, y], lambda x, y: (x, y),
                                  lambda x, y: {"a": x, "b": y}])
def test_a_nest_as_input_and_output(nest):
    class Pair(Layer):
        def build(self, input_shape):
            self.shape = input_shape

        def call(self, inputs):
            a, b = inputs.values() if isinstance(inputs, dict) else inputs
            return nest(a + b, a - b)

    layer = Pair(activity_regularizer="l1")
    out = layer(nest(X, Y))
    assert type(out) is type(nest(X, Y))
    assert layer.shape == nest((None, 3), (None, 3))
    assert [loss.item() for loss in layer.losses] == [pytest.approx(0.09), pytest.approx(0.03)]


def test_a_variable_as_input():
    layer = Dense(2)
    assert layer(Variable(X)).shape == (2, 2)
    with pytest.raises(ValueError, match="expected axis -1"):
        layer(Variable(X.T))


def test_only_tensors_by_position():
    with pytest.raises(ValueError, match="by position.*True"):
        Mix()(X, Y, 1.0, True)
    with pytest.raises(TypeError, match="without an input"):
        Mix()()


def test_shapes_are_named_after_the_arguments():
    class Wrong(Layer):
        def build(self, a, b):
            pass

        def call(self, x, y):
            return x

    with pytest.raises(ValueError, match="'a', expected for example 'x_shape'"):
        Wrong()(X, Y)


@pytest.mark.parametrize("spec, problem", [
    (InputSpec(ndim=3), "3 axes"), (InputSpec(min_ndim=3), "at least 3 axes"),
    (InputSpec(max_ndim=1), "at most 1 axes"),
    (InputSpec(axes={-1: 4}), "axis -1 to have length 4"),
    (InputSpec(shape=(None, 4)), r"the shape \(None, 4\)"), (InputSpec(axes={5: 1}), "an axis 5"),
])
def test_input_spec(spec, problem):
    layer = Layer(name="s")
    layer.call = lambda x: x
    layer(X)
    layer.input_spec = spec
    with pytest.raises(ValueError, match=f"'s' expects {problem}, got an input of shape"):
        layer(X)
    layer.input_spec = InputSpec.from_config(InputSpec(ndim=2, axes={1: 3}).get_config())
    layer(X)
    layer.input_spec = InputSpec(shape=(None, 3, 1), allow_last_axis_squeeze=True)
    layer(X)


def test_input_spec_of_axes_that_are_not_there():
    with pytest.raises(ValueError, match="axis 2 is not among 2"):
        InputSpec(ndim=2, axes={2: 1})


def test_a_default_of_training_reaches_inner_layers():
    class Inner(Layer):
        def call(self, x, training=None):
            return x + (1.0 if training else 0.0)

    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, x, training=True):
            return self.inner(x)

    assert Outer()(X).numpy()[0, 0] == 2
    assert Outer()(X, training=False).numpy()[0, 0] == 1


def test_masks_are_passed_on_and_do_nothing():
    class Masked(Layer):
        def call(self, x, mask=None):
            return x if mask is None else ops.where(mask, x, 0.0)

    layer = Masked()
    assert layer.compute_mask(X, None) is None and not layer.supports_masking
    assert layer(X).numpy().sum() == 6
    assert layer(X, mask=np.eye(2, 3)).numpy().sum() == 2
