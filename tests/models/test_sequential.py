"""Sequential: building, shapes, weights, summary."""

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, Tensor, backend
from autograd_mlp.layers import Activation, Dense, Flatten


def mlp():
    return Sequential([Input((4,)), Dense(3, activation="relu"), Dense(2)])


class TestBuilding:
    @pytest.mark.parametrize("first", [
        [Input((4,)), Dense(3)], [Input(shape=(4,)), Dense(3)],
    ])
    def test_with_a_known_input_it_is_built_at_once(self, first):
        model = Sequential(first)
        assert model.built and model.count_params() == 15
        assert (model.input_shape, model.output_shape) == ((None, 4), (None, 3))

    @pytest.mark.parametrize("argument", [
        {"input_shape": (4,)}, {"input_dim": 4}, {"batch_input_shape": (None, 4)}])
    def test_older_ways_to_say_the_shape(self, argument):
        with pytest.warns(DeprecationWarning, match="Input"):
            model = Sequential([Dense(3, **argument)])
        assert model.built and model.input_shape == (None, 4)

    def test_without_it_is_built_by_data(self):
        model = Sequential()
        model.add(Dense(3))
        model.add(Dense(1))
        assert not model.built and model.weights == []
        assert model(np.ones((5, 2))).shape == (5, 1)
        assert model.built and model.count_params() == 2 * 3 + 3 + 3 + 1

    def test_pop_and_add(self):
        model = mlp()
        model.pop()
        model.add(Dense(5))
        assert model.output_shape == (None, 5)

    def test_flatten(self):
        model = Sequential([Input((28, 28)), Flatten(), Dense(10)])
        assert model.predict(np.zeros((2, 28, 28)), verbose=0).shape == (2, 10)

    def test_activation_layer_is_the_activation_argument(self):
        x = np.random.default_rng(0).normal(size=(4, 4))
        a, b = mlp(), Sequential([Input((4,)), Dense(3), Activation("relu"), Dense(2)])
        b.set_weights(a.get_weights())
        np.testing.assert_array_equal(a.predict(x, verbose=0), b.predict(x, verbose=0))

    @pytest.mark.parametrize("wrong, error, message", [
        (lambda m: m.add("Dense"), ValueError, "Only instances"),
        (lambda m: m.add(Dense), ValueError, r"parentheses"),
        (lambda m: m.add(Input((3,))), ValueError, "cannot add a different Input"),
        (lambda m: m.add(Dense(2, name=m.layers[0].name)), ValueError, "unique names"),
        (lambda m: m.get_layer("nope"), ValueError, "No such layer: nope"),
        (lambda m: m(np.ones((2, 7))), ValueError, r"axis -1 of input shape to have value 4"),
        (lambda m: m.predict(np.ones((2, 2, 4)), verbose=0), ValueError, "Flatten"),
        (lambda m: m.predict(np.ones((0, 4)), verbose=0), ValueError, "no samples"),
        (lambda m: m.predict([["a"] * 4], verbose=0), ValueError, "Invalid dtype"),
        (lambda m: Sequential().predict(np.ones((1, 1))), ValueError, "no layers"),
    ])
    def test_mistakes(self, wrong, error, message):
        with pytest.raises(error, match=message):
            wrong(mlp())


class TestWeights:
    def test_get_and_set_copy(self):
        model = mlp()
        weights = model.get_weights()
        assert [w.shape for w in weights] == [(4, 3), (3,), (3, 2), (2,)]
        weights[0][:] = 5
        assert not (model.get_weights()[0] == 5).any()
        model.set_weights(weights)
        weights[0][:] = 6
        assert (model.get_weights()[0] == 5).all()

    def test_a_failing_set_weights_changes_nothing(self):
        model = mlp()
        before = model.get_weights()
        wrong = [w + 1 for w in before[:-1]] + [np.zeros(7)]
        with pytest.raises(ValueError, match="shape"):
            model.set_weights(wrong)
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


class TestCalling:
    def test_the_call_is_the_formula(self):
        model, x = mlp(), np.random.default_rng(1).normal(size=(5, 4)).astype("float32")
        w1, b1, w2, b2 = model.get_weights()
        expected = np.maximum(x @ w1 + b1, 0) @ w2 + b2
        y = model(x)
        assert isinstance(y, Tensor)
        np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(model.predict(x, verbose=0), y.numpy())
        np.testing.assert_array_equal(model.predict_on_batch(x), y.numpy())

    @pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 100])
    def test_predict_does_not_depend_on_the_batch(self, batch_size):
        model, x = mlp(), np.random.default_rng(1).normal(size=(7, 4))
        np.testing.assert_array_equal(model.predict(x, batch_size, verbose=0),
                                      model.predict(x, verbose=0))


def test_summary(capsys):
    model = Sequential([Input((784,)), Dense(64, activation="relu"), Dense(10)], name="digits")
    model.summary()
    text = capsys.readouterr().out
    assert 'Model: "digits"' in text
    assert "Total params: 50,890 (198.79 KB)" in text


class TestNesting:
    def test_a_layer_twice_has_its_weights_once(self):
        shared = Dense(4, name="shared")
        model = Sequential([Input((4,)), shared, shared, Dense(1)])
        assert len(model.weights) == 4 and len(model.layers) == 3
        again = Sequential.from_config(model.get_config())
        again.set_weights(model.get_weights())
        assert again.layers[0] is again.layers[1]
        x = np.ones((2, 4), "float32")
        np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))

    def test_a_model_in_a_model(self):
        inner = Sequential([Input((4,)), Dense(3, kernel_regularizer="l2")], name="inner")
        model = Sequential([inner, Dense(1)])
        assert model.built and model.input_shape == (None, 4)
        assert [w.path for w in model.weights][:1] == [inner.weights[0].path]
        assert len(model.losses) == 1
        model.compile("sgd", "mse", metrics=["mae"])
        inner.compile("sgd", "mae", metrics=["mse"])
        history = model.fit(np.ones((9, 4)), np.ones(9), verbose=0).history
        assert list(history) == ["loss", "mae"]

    def test_config_makes_the_same_model(self):
        model = Sequential([Dense(3), Sequential([Dense(2, activation="relu")]), Dense(1)])
        config = model.get_config()
        assert "build_input_shape" not in config
        model.build((None, 5))
        config = model.get_config()
        assert config["build_input_shape"] == (None, 5)
        again = Sequential.from_config(config)
        assert again.get_config() == config and again.count_params() == model.count_params()
        with pytest.raises(ValueError, match="'layers'"):
            Sequential.from_config({"name": "x"})

    def test_input_and_output(self):
        model = mlp()
        assert model.inputs[0].shape == (None, 4) and model.outputs[0].shape == (None, 2)
        assert model.output_names == [model.layers[-1].name]
        for name in ("input_shape", "output_shape", "inputs", "outputs"):
            with pytest.raises(AttributeError, match="no defined input shape yet"):
                getattr(Sequential([Dense(1)]), name)

    def test_build_for_another_shape_is_refused(self):
        model = Sequential([Input((4,)), Dense(1)])
        layer = model.pop()
        assert not model.built and model.layers == []
        model.add(layer)
        with pytest.raises(ValueError, match="built"):
            model.build((None, 3))

    def test_automatic_names(self):
        backend.clear_session()
        assert [Sequential().name, Sequential().name, Sequential(name="mine").name,
                Sequential().name] == ["sequential", "sequential_1", "mine", "sequential_2"]
