"""What fit takes as data: arrays of any kind, frames, files mapped into memory."""

import sys
import warnings

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, Tensor
from autograd_mlp.layers import Dense
from tests.models.test_fit import X, Y, classifier

GRID = np.round(X * 4)          # small whole numbers: the same in every dtype


def trained(x, y=Y, **arguments):
    """History and weights of a short training."""
    model = classifier()
    history = model.fit(x, y, **{"epochs": 2, "batch_size": 16, "verbose": 0, **arguments}).history
    return history, [w.tobytes() for w in model.get_weights()]


class TestArrays:
    @pytest.mark.parametrize("dtype", ["float16", "float64", "longdouble", "int8", "int16", ">f4",
                                       ">i8", "int64"])
    def test_any_real_dtype(self, dtype):
        assert trained(GRID.astype(dtype)) == trained(GRID)

    def test_bytes_and_truth_values(self):
        small = GRID % 3
        for dtype in ("uint8", "uint16", "uint64"):
            assert trained(small.astype(dtype)) == trained(small)
        assert trained(GRID > 0, Y > 0) == trained((GRID > 0) * 1.0, Y)

    @pytest.mark.parametrize("layout", [
        np.asfortranarray, lambda x: np.repeat(x, 2, 0)[::2], lambda x: np.repeat(x, 3, 1)[:, ::3],
        lambda x: x[::-1][::-1], lambda x: x.tolist(), lambda x: tuple(map(tuple, x.tolist())),
        lambda x: list(x), Tensor], ids=range(8))
    def test_any_layout(self, layout):
        assert trained(layout(GRID)) == trained(GRID)

    def test_the_arrays_stay_as_they_were(self):
        x, y = GRID.astype("float64"), Y.copy()
        before = x.tobytes(), y.tobytes()
        trained(x, y, sample_weight=np.ones(50), validation_split=0.2)
        assert (x.tobytes(), y.tobytes()) == before and x.flags.writeable

    def test_integers_may_be_given_to_the_model_itself(self):
        model = classifier()
        np.testing.assert_array_equal(model(GRID.astype(int)).numpy(), model(GRID).numpy())

    @pytest.mark.parametrize("x, message", [
        (np.array(["a"] * 50), "Invalid dtype.*\\n.*which holds 'a'"), (X + 1j, "real numbers"),
        ({"a": X}, "dictionary"), ([[1, 2], [3]], "x\\[0\\] has length 2, x\\[1\\] has 1"),
        (3.0, "single number"), (None, "x .* is missing"),
    ], ids=range(6))
    def test_what_is_no_data(self, x, message):
        with pytest.raises((TypeError, ValueError), match=message):
            trained(x)

    def test_something_like_a_pytorch_tensor(self):
        class FakeTensor:
            def __init__(self, values):
                self.values = values

            def detach(self):
                return self

            cpu = detach

            def numpy(self):
                return self.values

        assert trained(FakeTensor(GRID), FakeTensor(Y)) == trained(GRID)


class TestPandas:
    pandas = pytest.importorskip("pandas")

    def test_frames_and_series(self):
        frame = self.pandas.DataFrame(GRID, columns=list("abcd"))
        assert trained(frame, self.pandas.Series(Y[:, 0], name="y")) == trained(GRID)
        mixed = frame.astype({"a": "int32", "b": "Int64", "c": "Float32"})
        assert trained(mixed, self.pandas.DataFrame({"y": Y[:, 0]})) == trained(GRID)
        mixed["d"] = mixed["d"].astype(object)
        assert trained(mixed) == trained(GRID)
        frame["a"] = frame["a"] > 0
        assert trained(frame) == trained(np.c_[GRID[:, 0] > 0, GRID[:, 1:]])

    def test_an_index_that_does_not_start_at_0(self):
        frame = self.pandas.DataFrame(GRID).iloc[::-1]
        assert trained(frame, validation_split=0.2) == trained(GRID[::-1], validation_split=0.2)

    def test_missing_numbers_are_nan(self):
        frame = self.pandas.DataFrame({"a": self.pandas.array([1, None], dtype="Int64")})
        model = Sequential([Input((1,)), Dense(1)])
        assert np.isnan(model.predict(frame, verbose=0)[1]).all()

    @pytest.mark.parametrize("column", [
        ["red", "blue"], self_dates := np.array(["2020-01-01", "2021-01-01"], "datetime64[ns]")],
        ids=["strings", "dates"])
    def test_a_column_without_numbers_is_named(self, column):
        frame = self.pandas.DataFrame({"size": [1.0, 2.0], "colour": column})
        model = Sequential([Input((2,)), Dense(1)])
        with pytest.raises(ValueError, match="column 'colour' of x .*such as"):
            model.predict(frame, verbose=0)
        frame["colour"] = self.pandas.Categorical(frame["colour"])
        with pytest.raises(ValueError, match="column 'colour'"):
            model.predict(frame, verbose=0)


class TestMappedFiles:
    @pytest.mark.parametrize("shuffle", [False, True, "batch"])
    @pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int16", ">f8"])
    def test_are_arrays_like_others(self, tmp_path, dtype, shuffle):
        small = GRID % 5
        x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", dtype, X.shape)
        y = np.lib.format.open_memmap(tmp_path / "y.npy", "w+", dtype, Y.shape)
        w = np.lib.format.open_memmap(tmp_path / "w.npy", "w+", dtype, (50,))
        x[:], y[:], w[:] = small, Y, 1 + np.arange(50) % 3
        weights = 1.0 + np.arange(50) % 3
        keras.set_random_seed(1)
        mapped = trained(x, y, sample_weight=w, shuffle=shuffle, validation_split=0.2)
        keras.set_random_seed(1)
        assert mapped == trained(small, Y, sample_weight=weights, shuffle=shuffle,
                                 validation_split=0.2)
        np.testing.assert_array_equal(classifier().predict(x, verbose=0),
                                      classifier().predict(small, verbose=0))

    @pytest.mark.parametrize("order", ["C", "F"])
    def test_any_memory_order(self, tmp_path, order):
        x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", "float32", X.shape,
                                      fortran_order=order == "F")
        x[:] = GRID
        assert trained(x) == trained(GRID)
        assert trained(x[::-1]) == trained(GRID[::-1])

    def test_labels_are_checked(self, tmp_path):
        y = np.lib.format.open_memmap(tmp_path / "y.npy", "w+", "int16", (50,))
        y[7] = 9
        model = Sequential([Input((4,)), Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        with pytest.raises(ValueError, match="position 7"):
            model.fit(X, y, verbose=0)
        y[7] = 2
        model.fit(X, y, verbose=0)

    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    @pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
    def test_a_large_file_takes_no_memory(self, tmp_path, dtype):
        """80 MB of float64 leave the memory of the process, without the file's pages, alone."""
        def own_memory():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status
                            if line.startswith("RssAnon")) / 1024

        rows = 10_000
        x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", dtype, (rows, 1000))
        y = np.zeros(rows, "float32")
        model = Sequential([Input((1000,)), Dense(1)])
        model.compile("sgd", "mse")
        model.fit(x[:64], y[:64], verbose=0)
        before = own_memory()
        model.fit(x, y, batch_size=64, verbose=0)
        model.evaluate(x, y, batch_size=64, verbose=0)
        model.predict(x, batch_size=64, verbose=0)
        assert own_memory() - before < 8


# ---- batches made elsewhere ----------------------------------------------------------------


def batches(x=GRID, y=Y, size=16, weights=None):
    for start in range(0, len(x), size):
        part = slice(start, start + size)
        yield (x[part], y[part]) if weights is None else (x[part], y[part], weights[part])


class Loader:
    """Like a PyTorch DataLoader: a list of batches, each a list [x, y]."""

    def __init__(self, size=16):
        self.size = size

    def __len__(self):
        return -(-50 // self.size)

    def __iter__(self):
        return ([x, y] for x, y in batches(size=self.size))


class TestIterables:
    def test_a_generator_is_the_array_in_order(self):
        expected = trained(GRID, epochs=1, shuffle=False)
        assert trained(batches(), None, epochs=1, batch_size=None) == expected

    def test_it_goes_on_where_the_epoch_before_ended(self):
        def forever():
            while True:
                yield from batches()

        assert trained(forever(), None, epochs=3, batch_size=None, steps_per_epoch=4) == \
            trained(GRID, epochs=3, shuffle=False)
        model, generator = classifier(), forever()
        for _ in range(3):
            model.fit(generator, steps_per_epoch=4, verbose=0)
        assert [w.tobytes() for w in model.get_weights()] == trained(
            GRID, epochs=3, shuffle=False)[1]

    def test_a_buffer_may_be_used_again(self):
        def reusing():
            x, y = np.empty((10, 4)), np.empty((10, 1))
            for a, b in batches(size=10):
                x[:], y[:] = a, b
                yield x, y
                x[:] = y[:] = np.nan

        assert trained(reusing(), None, epochs=1, batch_size=None) == trained(
            GRID, epochs=1, batch_size=10, shuffle=False)

    def test_it_is_recorded(self):
        calls = []

        class Own(keras.Layer):
            def call(self, x):
                calls.append(x.shape)
                return x * 1.0

        model = Sequential([Input((4,)), Own(), Dense(1)])
        model.compile("sgd", "mse")
        del calls[:]
        model.fit(Loader(5), epochs=1, verbose=0)
        assert len(calls) == 2          # of ten batches

    def test_each_epoch_of_a_loader_begins_anew(self):
        assert trained(Loader(), None, batch_size=None) == trained(GRID, shuffle=False)
        assert len(Loader()) == classifier().fit(Loader(), verbose=0).params["steps"]

    def test_weights_of_classes_and_samples(self):
        weights = 1.0 + np.arange(50) % 3
        assert trained(batches(weights=weights), None, epochs=1, batch_size=None) == trained(
            GRID, epochs=1, shuffle=False, sample_weight=weights)
        by_class = {0: 0.5, 1: 3.0}
        assert trained(Loader(), None, batch_size=None, class_weight=by_class) == trained(
            GRID, shuffle=False, class_weight=by_class)

    def test_validation(self):
        expected = trained(GRID, shuffle=False, validation_data=(GRID, Y))
        assert trained(GRID, shuffle=False, validation_data=Loader(16)) == expected

    def test_batches_of_many_sizes_and_dtypes(self):
        def mixed():
            for size in [*range(1, 40), 3, 2, 1]:
                yield GRID[:size].astype("int8" if size % 2 else "float64"), Y[:size].tolist()

        model = classifier()
        model.fit(mixed(), verbose=0)
        assert int(model.optimizer.iterations) == 42

    def test_evaluate_and_predict(self):
        model = classifier()
        np.testing.assert_allclose(model.evaluate(Loader(7), verbose=0),
                                   model.evaluate(GRID, Y, verbose=0), rtol=1e-6)
        for data in (batches(), Loader(), ((x,) for x, _ in batches()), (x for x, _ in batches())):
            np.testing.assert_array_equal(model.predict(data, verbose=0),
                                          model.predict(GRID, verbose=0))
        assert model.predict(Loader(), steps=2, verbose=0).shape == (32, 1)

    def test_a_set_that_calls_itself_tensorflows(self):
        class Dataset:
            def as_numpy_iterator(self):
                return batches()

        assert trained(Dataset(), None, batch_size=None) == trained(GRID, shuffle=False)

    @pytest.mark.parametrize("epochs, steps, done", [(1, 9, [4]), (2, 3, [3, 1]), (3, None, [4])])
    def test_input_that_runs_out_is_warned_of(self, epochs, steps, done):
        model = classifier()
        counted = []
        count = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: counted.append(int(model.optimizer.iterations)))
        with pytest.warns(UserWarning, match="Your input ran out of data"):
            model.fit(batches(), epochs=epochs, steps_per_epoch=steps, verbose=0,
                      callbacks=[count])
        assert np.diff([0, *counted]).tolist() == done

    def test_a_generator_that_is_used_up_once_gives_no_warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            classifier().fit(batches(), verbose=0)

    @pytest.mark.parametrize("data, message", [
        (lambda: iter([]), "holds no batch"), (lambda: iter([(X, Y, Y, Y)]), "of length 4"),
        (lambda: iter([[[1.0], [2.0]]]), "yields a list"), (lambda: iter([(X,)]), "y .* missing"),
        (lambda: iter([{"a": X}]), "dictionary"), (lambda: iter([(X, Y[:3])]), "same number"),
    ], ids=range(6))
    def test_bad_batches(self, data, message):
        with pytest.raises((ValueError, TypeError), match=message):
            classifier().fit(data(), verbose=0)

    def test_an_error_in_the_generator_comes_out_and_fit_can_go_on(self):
        def broken():
            yield from batches()
            raise KeyError("mine")

        model = classifier()
        with pytest.raises(KeyError, match="mine"):
            model.fit(broken(), verbose=0)
        assert int(model.optimizer.iterations) == 4
        model.fit(X, Y, verbose=0)


class TestOlderSpellings:
    def test_of_fit(self):
        with pytest.warns(DeprecationWarning, match="nb_epoch"):
            assert classifier().fit(X, Y, nb_epoch=3, verbose=0).epoch == [0, 1, 2]

    def test_generators(self):
        def forever():
            while True:
                yield from batches()

        model = classifier()
        with pytest.warns(DeprecationWarning, match="fit_generator"):
            history = model.fit_generator(forever(), steps_per_epoch=4, epochs=2, verbose=0)
        assert history.history == trained(GRID, shuffle=False)[0]
        with pytest.warns(DeprecationWarning, match="samples_per_epoch|fit_generator|nb_"):
            model.fit_generator(forever(), samples_per_epoch=50, nb_epoch=2, verbose=0,
                                validation_data=forever(), nb_val_samples=32)
        with pytest.warns(DeprecationWarning, match="evaluate_generator"):
            assert model.evaluate_generator(forever(), steps=4) == pytest.approx(
                model.evaluate(GRID, Y, verbose=0))
        with pytest.warns(DeprecationWarning, match="predict_generator"):
            assert model.predict_generator(Loader(), steps=1).shape == (16, 1)

    def test_classes(self):
        model = classifier()
        with pytest.warns(DeprecationWarning, match="predict_classes"):
            found = model.predict_classes(X)
        np.testing.assert_array_equal(found, model.predict(X, verbose=0) > 0.5)
        with pytest.warns(DeprecationWarning, match="predict_proba"):
            np.testing.assert_array_equal(model.predict_proba(X), model.predict(X, verbose=0))


def test_float64_from_end_to_end():
    keras.backend.set_floatx("float64")
    try:
        model = classifier(optimizer="adam")
        model.fit(X, Y, epochs=2, verbose=0, sample_weight=np.ones(50))
        assert {w.dtype for w in model.weights} == {np.dtype("float64")}
        assert model.predict(X, verbose=0).dtype == np.float64
        assert model(X).dtype == np.float64
    finally:
        keras.backend.set_floatx("float32")
