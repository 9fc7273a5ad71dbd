"""The same trainings under the same callbacks, here and in Keras: when they stop, with which rates,
what they record and what they write."""

import csv
import functools
import inspect

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras

keras = import_keras()
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
LIBRARIES = (autograd_mlp, keras)
EPOCHS = 12


def data():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 3)).astype(np.float32)
    y = (x @ [[0.5], [-1.0], [2.0]] + 0.3 * rng.normal(size=(40, 1)) > 0).astype(np.float32)
    return x, y


def weights():
    rng = np.random.default_rng(4)
    return [rng.normal(size=shape).astype(np.float32) for shape in ((3, 4), (4,), (4, 1), (1,))]


@functools.cache    # Keras compiles each model for half a second
def compiled(library):
    model = library.Sequential([
        library.layers.Input((3,)),
        library.layers.Dense(4, activation="tanh"),
        library.layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(library.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy"])
    return model


def model_of(library):
    model = compiled(library)
    model.optimizer.learning_rate = 0.5
    model.set_weights(weights())
    return model


def train(library, *callbacks, **kwargs):
    """One training; returns the model and its history."""
    model = model_of(library)
    x, y = data()
    arguments = dict(epochs=EPOCHS, batch_size=16, shuffle=False, verbose=0,
                     validation_split=0.25, callbacks=list(callbacks))
    return model, model.fit(x, y, **{**arguments, **kwargs})


def compare(make, **kwargs):
    """Train under ``make(callbacks module)`` in both; history, weights and rates must agree."""
    (ours, our_history), (theirs, their_history) = (
        train(library, *make(library.callbacks), **kwargs) for library in LIBRARIES)
    assert our_history.epoch == their_history.epoch
    assert list(our_history.history) == list(their_history.history)
    assert_same(our_history.history, their_history.history, rtol=1e-5, atol=1e-6)
    assert_same(ours.get_weights(), theirs.get_weights(), rtol=1e-5, atol=1e-6)
    return our_history


EARLY = [
    dict(monitor="val_loss"),
    dict(monitor="loss", min_delta=0.02),
    dict(monitor="loss", min_delta=0.02, patience=2),
    dict(monitor="val_accuracy", patience=2),
    dict(monitor="accuracy", patience=1, mode="max"),
    dict(monitor="val_loss", patience=1, mode="max"),
    dict(monitor="val_loss", patience=1, mode="max", restore_best_weights=True),
    dict(monitor="loss", patience=2, mode="max", start_from_epoch=4),
    dict(monitor="loss", patience=3, baseline=0.1),
    dict(monitor="loss", patience=3, baseline=0.1, restore_best_weights=True),
    dict(monitor="loss", patience=1, baseline=5.0),
    dict(monitor="loss", min_delta=-0.02, patience=1, restore_best_weights=True),
]


@pytest.mark.parametrize("arguments", EARLY, ids=str)
def test_early_stopping(arguments):
    compare(lambda callbacks: [callbacks.EarlyStopping(**arguments)])


REDUCE = [
    dict(monitor="loss", patience=2, min_delta=0.05),
    dict(monitor="val_loss", patience=1, mode="max"),
    dict(monitor="val_loss", patience=1, mode="max", cooldown=2, factor=0.5),
    dict(monitor="val_loss", patience=1, mode="max", factor=0.5, min_lr=0.1),
    dict(monitor="val_accuracy", patience=0, factor=0.2, min_delta=0),
]


@pytest.mark.parametrize("arguments", REDUCE, ids=str)
def test_reduce_lr_on_plateau(arguments):
    history = compare(lambda callbacks: [callbacks.ReduceLROnPlateau(**arguments)])
    assert len(set(history.history["learning_rate"])) > 1


@pytest.mark.parametrize("schedule", [
    lambda epoch: 0.5 / (1 + epoch),
    lambda epoch, rate: rate * 0.9,
    lambda epoch, rate=None: rate * float(np.exp(-0.1)) if epoch > 3 else rate,
    lambda epoch: np.float32(0.1),
])
def test_learning_rate_scheduler(schedule):
    compare(lambda callbacks: [callbacks.LearningRateScheduler(schedule)])


def test_several_callbacks_see_each_other():
    compare(lambda callbacks: [callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.8),
                               callbacks.ReduceLROnPlateau("learning_rate", mode="max", patience=1),
                               callbacks.EarlyStopping("learning_rate", mode="max", patience=4)])


@pytest.mark.parametrize("frequency", [None, 2])
@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_swap_ema_weights(swap_on_epoch, frequency):
    """What is evaluated, what later callbacks see, and what the model has at last."""
    seen = []
    for library in LIBRARIES:
        model = library.models.clone_model(compiled(library))
        optimizer = library.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.8,
                                           ema_overwrite_frequency=frequency)
        model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
        model.set_weights(weights())
        at_end_of_epochs = []
        look = library.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs, seen=at_end_of_epochs, model=model: seen.append(
                model.get_weights()))
        x, y = data()
        history = model.fit(
            x, y, epochs=4, batch_size=16, shuffle=False, verbose=0, validation_split=0.25,
            callbacks=[library.callbacks.SwapEMAWeights(swap_on_epoch), look])
        seen.append([history.history, at_end_of_epochs, model.get_weights()])
    assert_same(*seen, rtol=1e-5, atol=1e-6)


def test_swapping_without_averages():
    for library in LIBRARIES:
        with pytest.raises((ValueError, AttributeError)):
            train(library, library.callbacks.SwapEMAWeights())


@pytest.mark.parametrize("returned", [1, "0.1", None, [0.1]])
def test_a_schedule_that_returns_no_float(returned):
    for library in LIBRARIES:
        with pytest.raises(ValueError, match="float"):
            train(library, library.callbacks.LearningRateScheduler(lambda epoch: returned))


@pytest.mark.filterwarnings("ignore:The loss became nan")
@pytest.mark.parametrize("first_bad", [0, 1, 2])
def test_terminate_on_nan(first_bad, capsys):
    x, y = data()
    x[first_bad * 16 : (first_bad + 1) * 16] = np.nan
    seen = []
    for library in LIBRARIES:
        batches = []
        model = model_of(library)
        show = library.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs, batches=batches: batches.append(batch))
        history = model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0,
                            callbacks=[show, library.callbacks.TerminateOnNaN()])
        seen.append((batches, history.epoch, capsys.readouterr().out))
        with pytest.raises(RuntimeError, match=f"NaN or Inf loss encountered at batch {first_bad}"):
            model_of(library).fit(x, y, batch_size=16, shuffle=False, verbose=0,
                                  callbacks=[library.callbacks.TerminateOnNaN(raise_error=True)])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("validation_split", [0.25, 0.0])
@pytest.mark.parametrize("arguments", [{}, {"separator": ";"}, {"append": True}], ids=str)
def test_csv_logger(tmp_path, arguments, validation_split):
    tables = []
    for library in LIBRARIES:
        name = tmp_path / f"{library.__name__}.csv"
        for _ in range(2):
            train(library, library.callbacks.LearningRateScheduler(lambda epoch: 0.25),
                  library.callbacks.CSVLogger(name, **arguments), epochs=3,
                  validation_split=validation_split)
        assert name.read_bytes().count(b"\r\n") == name.read_bytes().count(b"\n")
        with open(name, newline="") as file:
            tables.append(list(csv.reader(file, delimiter=arguments.get("separator", ","))))
    ours, theirs = tables
    assert len(ours) == len(theirs)
    for our_row, their_row in zip(ours, theirs, strict=True):
        for our_cell, their_cell in zip(our_row, their_row, strict=True):
            try:
                number = float(their_cell)
            except ValueError:
                assert our_cell == their_cell
            else:
                assert float(our_cell) == pytest.approx(number, rel=1e-5)


def test_logs_of_every_batch():
    seen = []
    for library in LIBRARIES:
        logs_seen = []
        show = library.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs, seen=logs_seen: seen.append((batch, logs)),
            on_test_batch_end=lambda batch, logs, seen=logs_seen: seen.append((batch, logs)))
        train(library, show, epochs=2, validation_batch_size=4)
        seen.append(logs_seen)
    ours, theirs = seen
    assert [batch for batch, _ in ours] == [batch for batch, _ in theirs]
    assert_same([logs for _, logs in ours], [logs for _, logs in theirs])


def test_the_order_of_hooks():
    """Which hooks are called, one after the other, by fit, evaluate and predict."""
    seen = []
    for library in LIBRARIES:
        calls = []

        def recording(hook, calls=calls):
            return lambda *args, **kwargs: calls.append((hook, args[0] if len(args) > 1 else None))

        hooks = [name for name in dir(library.callbacks.Callback) if name.startswith("on_")]
        every = library.callbacks.LambdaCallback(**{
            hook: recording(hook) for hook in hooks
            if hook not in ("on_batch_begin", "on_batch_end")})
        model, _ = train(library, every, epochs=3, validation_freq=2)
        x, y = data()
        model.evaluate(x, y, batch_size=16, verbose=0, callbacks=[every])
        model.predict(x, batch_size=16, verbose=0, callbacks=[every])
        seen.append([hook for hook, _ in calls])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("make", [
    lambda callbacks: callbacks.EarlyStopping("val_acc", patience=3),
    lambda callbacks: callbacks.ReduceLROnPlateau("val_acc", patience=3),
    lambda callbacks: callbacks.EarlyStopping("f1"),
])
def test_a_monitor_whose_direction_is_not_known(make):
    for library in LIBRARIES:
        with pytest.raises(ValueError, match="mode='max'"):
            train(library, make(library.callbacks))


@pytest.mark.parametrize("make", [
    lambda callbacks: callbacks.EarlyStopping("nothing", mode="min"),
    lambda callbacks: callbacks.ReduceLROnPlateau("nothing", mode="min"),
    lambda callbacks: callbacks.EarlyStopping("loss", mode="least"),
])
def test_what_only_warns(make):
    texts = []
    for library in LIBRARIES:
        with pytest.warns(UserWarning) as caught:
            train(library, make(library.callbacks), epochs=1)
        texts.append([str(warning.message).splitlines()[0].split("fall")[0] for warning in caught
                      if "mode" in str(warning.message) or "available" in str(warning.message)])
    assert len(texts[0]) == len(texts[1]) == 1
    assert texts[0] == texts[1]


@pytest.mark.parametrize("make", [
    lambda callbacks: callbacks.EarlyStopping("loss", patience=1, mode="max", verbose=1,
                                              restore_best_weights=True),
    lambda callbacks: callbacks.ReduceLROnPlateau("loss", patience=1, mode="max", verbose=1,
                                                  factor=0.5),
    lambda callbacks: callbacks.LearningRateScheduler(lambda epoch: 0.25, verbose=1),
])
def test_what_is_printed(make, capsys):
    texts = []
    for library in LIBRARIES:
        train(library, make(library.callbacks))
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != ""


@pytest.mark.parametrize("arguments", [
    dict(), dict(save_best_only=True), dict(save_best_only=True, mode="max"), dict(save_freq=4),
    dict(save_best_only=True, monitor="val_accuracy", initial_value_threshold=0.5),
], ids=str)
def test_model_checkpoint(tmp_path, arguments, capsys):
    pytest.importorskip("h5py")
    names, texts = [], []
    for library in LIBRARIES:
        folder = tmp_path / library.__name__
        train(library, library.callbacks.ModelCheckpoint(
            folder / "{epoch:02d}-{val_loss:.3f}.weights.h5" if "save_freq" not in arguments else
            folder / "{epoch}-{batch}-{loss:.3f}.weights.h5", save_weights_only=True, verbose=1,
            **arguments), epochs=6)
        names.append(sorted(path.name for path in folder.iterdir()))
        texts.append(capsys.readouterr().out.replace(str(folder), ""))
    assert names[0] == names[1] != []
    assert texts[0] == texts[1]
    ours, theirs = model_of(autograd_mlp), model_of(keras)
    ours.load_weights(tmp_path / "keras" / names[0][-1])
    theirs.load_weights(tmp_path / "autograd_mlp" / names[0][-1])
    assert_same(ours.get_weights(), theirs.get_weights(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted(
    name for name, found in vars(keras.callbacks).items()
    if inspect.isclass(found) and hasattr(autograd_mlp.callbacks, name)))
def test_arguments_and_defaults(name):
    ours, theirs = (inspect.signature(getattr(library.callbacks, name)) for library in LIBRARIES)
    our_arguments = {p.name: p.default for p in ours.parameters.values() if p.kind != p.VAR_KEYWORD}
    their_arguments = {p.name: p.default for p in theirs.parameters.values()
                       if p.kind != p.VAR_KEYWORD}
    assert list(our_arguments.items()) == list(their_arguments.items())


METRICS = sorted(name for name, found in vars(keras.metrics).items()
                 if inspect.isclass(found) and hasattr(autograd_mlp.metrics, name))
ARGUMENTS = {"IoU": (2, [0]), "MeanIoU": (2,), "OneHotIoU": (2, [0]), "OneHotMeanIoU": (2,),
             "SensitivityAtSpecificity": (0.5,), "SpecificityAtSensitivity": (0.5,),
             "PrecisionAtRecall": (0.5,), "RecallAtPrecision": (0.5,)}


@pytest.mark.parametrize("name", METRICS)
def test_which_way_a_metric_is_better(name):
    if name == "Metric":
        return
    made = []
    for library in LIBRARIES:
        arguments = (library.losses.mean_squared_error,) if name == "MeanMetricWrapper" else \
            ARGUMENTS.get(name, ())
        made.append(getattr(library.metrics, name)(*arguments))
    ours, theirs = (getattr(metric, "_direction", None) for metric in made)
    assert ours == theirs
