"""The summary, against the text that Keras 3.15 prints."""

from types import SimpleNamespace

import numpy as np
import pytest

from autograd_mlp.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    LayerNormalization,
    PReLU,
)
from autograd_mlp.utils import print_summary, summary_text
from autograd_mlp.utils.summary import parameter_math, readable_size


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


class Model:
    """What the summary asks of a model."""

    def __init__(self, name, layers, input_shape=None, optimizer=None):
        self.name, self.layers, self.optimizer = name, layers, optimizer
        self.built = input_shape is not None
        self.output_shape = None
        shape = input_shape
        for layer in layers if shape else ():
            if not layer.built:
                layer.build(shape)
            elif hasattr(layer, "_build_input_shape"):
                layer._build_input_shape = shape
            shape = layer.compute_output_shape(shape)
        self.output_shape = shape

    def compute_output_shape(self, shape):
        return self.output_shape

    def weights_that(self, trainable):
        return [w for layer in self.layers for w in layer.weights if w.trainable == trainable]

    @property
    def weights(self):
        return self.trainable_weights + self.non_trainable_weights

    @property
    def trainable_weights(self):
        return self.weights_that(True)

    @property
    def non_trainable_weights(self):
        return self.weights_that(False)

    def count_params(self):
        return sum(layer.count_params() for layer in self.layers)


MNIST = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ (None, 64)             │        50,240 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ (None, 10)             │           650 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
"""
MNIST_TOTALS = """\
 Total params: 50,890 (198.79 KB)
 Trainable params: 50,890 (198.79 KB)
 Non-trainable params: 0 (0.00 B)
"""


def mnist(**kwargs):
    layers = [Dense(64, name="dense"), Dense(10, name="dense_1")]
    return Model("sequential", layers, (None, 784), **kwargs)


def test_mnist():
    assert summary_text(mnist()) == MNIST + MNIST_TOTALS


def test_optimizer_parameters_once_there_are_some():
    variable = mnist().weights[0]
    scalar = SimpleNamespace(shape=(), dtype=variable.dtype)
    slots = [SimpleNamespace(shape=w.shape, dtype=w.dtype) for w in mnist().weights]
    adam = SimpleNamespace(built=True, variables=[scalar, scalar, *slots, *slots])
    assert summary_text(mnist(optimizer=adam)) == (
        MNIST
        + """\
 Total params: 152,672 (596.38 KB)
 Trainable params: 50,890 (198.79 KB)
 Non-trainable params: 0 (0.00 B)
 Optimizer params: 101,782 (397.59 KB)
"""
    )
    adam.built = False
    assert summary_text(mnist(optimizer=adam)) == MNIST + MNIST_TOTALS


def test_not_built():
    model = Model("sequential_1", [Dense(2, name="dense_2"), Flatten(name="flatten")])
    assert (
        summary_text(model)
        == """\
Model: "sequential_1"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense_2 (Dense)                 │ ?                      │   0 (unbuilt) │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ flatten (Flatten)               │ ?                      │   0 (unbuilt) │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
"""
    )


def test_no_layers():
    assert (
        summary_text(Model("sequential_2", []))
        == """\
Model: "sequential_2"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
"""
    )


def long_names():
    name = "a_very long_layer name with spaces that wraps over the line [a]"
    return Model("m [b]", [Flatten(name="x" * 60), Dense(10000, name=name)], (None, 28, 28))


def test_long_names_are_wrapped_and_nothing_is_cut():
    assert (
        summary_text(long_names())
        == """\
Model: "m [b]"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx │ (None, 784)            │             0 │
│ xxxxxxxxxxxxxxxxxxxxxxxxxxxxx   │                        │               │
│ (Flatten)                       │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ a_very long_layer name with     │ (None, 10000)          │     7,850,000 │
│ spaces that wraps over the line │                        │               │
│ [a] (Dense)                     │                        │               │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 7,850,000 (29.95 MB)
 Trainable params: 7,850,000 (29.95 MB)
 Non-trainable params: 0 (0.00 B)
"""
    )


def test_narrow():
    assert (
        summary_text(long_names(), line_length=30)
        == """\
Model: "m [b]"
┏━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━┓
┃ Layer      ┃ Output  ┃           ┃
┃ (type)     ┃ Shape   ┃   Param # ┃
┡━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━┩
│ xxxxxxxxxx │ (None,  │         0 │
│ xxxxxxxxxx │ 784)    │           │
│ xxxxxxxxxx │         │           │
│ xxxxxxxxxx │         │           │
│ xxxxxxxxxx │         │           │
│ xxxxxxxxxx │         │           │
│ (Flatten)  │         │           │
├────────────┼─────────┼───────────┤
│ a_very     │ (None,  │ 7,850,000 │
│ long_layer │ 10000)  │           │
│ name with  │         │           │
│ spaces     │         │           │
│ that wraps │         │           │
│ over the   │         │           │
│ line [a]   │         │           │
│ (Dense)    │         │           │
└────────────┴─────────┴───────────┘
 Total params: 7,850,000 (29.95 MB)
 Trainable params: 7,850,000 (29.95 MB)
 Non-trainable params: 0 (0.00 B)
"""
    )
    with pytest.raises(ValueError, match="width"):
        summary_text(long_names(), line_length=12)


def test_headings_stand_at_the_bottom():
    assert (
        summary_text(Model("sequential", []), line_length=40)
        == """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━┓
┃                 ┃ Output     ┃ Param ┃
┃ Layer (type)    ┃ Shape      ┃     # ┃
┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━┩
└─────────────────┴────────────┴───────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
"""
    )


def test_trainable_column():
    layers = [
        Dense(2, name="dense_3", trainable=False),
        Activation("relu", name="activation"),
        Dense(3, name="dense_4"),
    ]
    assert (
        summary_text(Model("sequential_4", layers, (7, 3)), show_trainable=True)
        == """\
Model: "sequential_4"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━┓
┃ Layer (type)                ┃ Output Shape      ┃    Param # ┃ Trainable ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━┩
│ dense_3 (Dense)             │ (7, 2)            │          8 │     N     │
├─────────────────────────────┼───────────────────┼────────────┼───────────┤
│ activation (Activation)     │ (7, 2)            │          0 │     -     │
├─────────────────────────────┼───────────────────┼────────────┼───────────┤
│ dense_4 (Dense)             │ (7, 3)            │          9 │     Y     │
└─────────────────────────────┴───────────────────┴────────────┴───────────┘
 Total params: 17 (68.00 B)
 Trainable params: 9 (36.00 B)
 Non-trainable params: 8 (32.00 B)
"""
    )


def test_show_math():
    layers = [Dense(12, name="hidden"), BatchNormalization(name="scaled"), PReLU(name="bent"),
              Dense(1, name="output")]
    assert (
        summary_text(Model("sequential", layers, (None, 8)), show_math=True)
        == """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape  ┃                Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━┩
│ hidden (Dense)                  │ (None, 12)    │        8*12 + 12 = 108 │
├─────────────────────────────────┼───────────────┼────────────────────────┤
│ scaled (BatchNormalization)     │ (None, 12)    │ 12 + 12 + 12 + 12 = 48 │
├─────────────────────────────────┼───────────────┼────────────────────────┤
│ bent (PReLU)                    │ (None, 12)    │                     12 │
├─────────────────────────────────┼───────────────┼────────────────────────┤
│ output (Dense)                  │ (None, 1)     │          12*1 + 1 = 13 │
└─────────────────────────────────┴───────────────┴────────────────────────┘
 Total params: 181 (724.00 B)
 Trainable params: 157 (628.00 B)
 Non-trainable params: 24 (96.00 B)
"""
    )


class TwoParts(Layer):
    """A layer of the user's own, of a scalar and a layer inside."""

    def build(self, input_shape):
        self.scale = self.add_weight(())
        self.inner = Dense(3)

    def call(self, x):
        return self.inner(x) * self.scale


@pytest.mark.parametrize("layer, shape, text", [
    (Embedding(100, 8), (None, 7), "100*8 = 800"),
    (LayerNormalization(), (None, 5), "5 + 5 = 10"),
    (PReLU(), (None, 3, 4), "3*4 = 12"),
    (Dense(512, use_bias=False), (None, 784), "784*512 = 401,408"),
    (Dropout(0.5), (None, 4), "0"),
    (TwoParts(), (None, 2), "1 + 2*3 + 3 = 10"),
], ids=lambda value: type(value).__name__ if isinstance(value, Layer) else "")
def test_how_the_number_of_parameters_comes_about(layer, shape, text):
    layer(np.zeros([n or 1 for n in shape]))
    assert parameter_math(layer) == text
    total = eval(text.split(" = ")[0])
    assert total == layer.count_params() == sum(w.numpy().size for w in layer.weights)


def test_models_in_models():
    inner = Model("sequential_5", [Dense(2, name="dense_6"), Dense(5, name="dense_7")], (None, 3))
    inner._build_input_shape = (None, 3)
    outer = Model("sequential_6", [Dense(3, name="dense_5"), inner], (None, 3))
    text = summary_text(outer, expand_nested=True)
    assert (
        text
        == """\
Model: "sequential_6"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense_5 (Dense)                 │ (None, 3)              │            12 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ sequential_5 (Model)            │ (None, 5)              │            23 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│    └ dense_6 (Dense)            │ (None, 2)              │             8 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│    └ dense_7 (Dense)            │ (None, 5)              │            15 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 35 (140.00 B)
 Trainable params: 35 (140.00 B)
 Non-trainable params: 0 (0.00 B)
"""
    )
    assert "└ dense_6" not in summary_text(outer)


def test_range_of_layers():
    layers = [Dense(2, name=name) for name in ("a", "b1", "b2", "c")]
    model = Model("m", layers, (None, 2))
    text = summary_text(model, layer_range=("b", "c"))
    assert "a (Dense)" not in text and "b1 (Dense)" in text and "c (Dense)" in text
    text = summary_text(model, layer_range=("b2", "a"))
    assert "a (Dense)" in text and "b2 (Dense)" in text and "c (Dense)" not in text
    with pytest.raises(ValueError, match="there are: a, b1, b2, c"):
        summary_text(model, layer_range=("x", "c"))
    with pytest.raises(ValueError, match="two layer names"):
        summary_text(model, layer_range=("a",))


def test_float64_counts_double():
    model = Model("m", [Dense(1, dtype="float64")], (None, 1))
    assert "Total params: 2 (16.00 B)" in summary_text(model)


def test_width_of_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert len(summary_text(mnist()).splitlines()[1]) == 56
    monkeypatch.setenv("COLUMNS", "300")
    assert len(summary_text(mnist()).splitlines()[1]) == 88


def test_print_summary(capsys):
    print_summary(mnist())
    assert capsys.readouterr().out == MNIST + MNIST_TOTALS
    lines = []
    print_summary(mnist(), print_fn=lines.append)
    assert lines == [MNIST + MNIST_TOTALS]


@pytest.mark.parametrize(
    "size, text",
    [(0, "0.00 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (1024**2, "1.00 MB")]
    + [(203560, "198.79 KB"), (1024**6, "1024.00 PB")],
)
def test_sizes(size, text):
    assert readable_size(size) == text
