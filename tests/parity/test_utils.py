"""Functions of keras.utils: the same arguments, and the same results where there are any."""

import inspect

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras

keras = import_keras()

NAMES = sorted(name for name, found in vars(keras.utils).items()
               if callable(found) and hasattr(autograd_mlp.utils, name))


@pytest.mark.parametrize("name", NAMES)
def test_arguments_and_defaults(name):
    ours, theirs = (inspect.signature(getattr(k.utils, name)) for k in (autograd_mlp, keras))
    given = [(p.name, p.default) for p in theirs.parameters.values() if p.kind != p.VAR_KEYWORD]
    there = [(p.name, p.default) for p in ours.parameters.values() if p.kind != p.VAR_KEYWORD]
    if len(given) == 1:     # nobody writes its name
        given, there = given[0][1:], there[0][1:]
    assert there == given


@pytest.mark.parametrize("name", [name for name in vars(keras.config) if name[0] != "_"])
def test_settings(name):
    """Those that are there have Keras's arguments, the others say why they are not."""
    if hasattr(autograd_mlp.config, name):
        ours, theirs = (inspect.signature(getattr(k.config, name)) for k in (autograd_mlp, keras))
        assert len(ours.parameters) == len(theirs.parameters)
    else:
        with pytest.raises(AttributeError, match=f"'{name}': "):
            getattr(autograd_mlp.config, name)


def test_what_is_not_there_says_why():
    for name in vars(keras.utils):
        if not name.startswith("_") and not hasattr(autograd_mlp.utils, name):
            with pytest.raises(AttributeError, match=f"'{name}': "):
                getattr(autograd_mlp.utils, name)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("scale", [True, False])
def test_pictures(channels, scale, tmp_path):
    pytest.importorskip("PIL")
    x = np.random.default_rng(0).uniform(0, 255, (6, 9, channels)).astype(np.float32)
    arrays = []
    for k in (autograd_mlp, keras):
        path = tmp_path / f"{k.__name__}.png"
        k.utils.save_img(path, x, scale=scale)
        image = k.utils.load_img(path, "rgb", (4, 5), "bilinear", keep_aspect_ratio=True)
        arrays.append(k.utils.img_to_array(image))
    assert_same(*arrays)


@pytest.mark.parametrize("sizes", [dict(left_size=0.7), dict(right_size=0.25), dict(left_size=3),
                                   dict(left_size=4, right_size=0.3), dict(left_size=0.33)])
def test_sizes_of_splits(sizes):
    from keras.src.utils.dataset_utils import _rescale_dataset_split_sizes

    left, right = autograd_mlp.utils.split_dataset(np.arange(17), **sizes)
    assert (len(left), len(right)) == _rescale_dataset_split_sizes(
        sizes.get("left_size"), sizes.get("right_size"), 17)


def test_dot_has_the_same_nodes_and_edges():
    pytest.importorskip("pydot")
    graphs = []
    for k in (autograd_mlp, keras):
        k.utils.clear_session()
        inner = k.Sequential([k.layers.Dense(3), k.layers.Dense(4)])
        model = k.Sequential([k.layers.Input((2,)), inner, k.layers.Dense(1)])
        graph = k.utils.model_to_dot(model, expand_nested=True, show_shapes=True)
        graphs.append((len(graph.get_edges()), len(graph.get_subgraphs()),
                       graph.get_rankdir(), str(graph.get_dpi())))
    assert graphs[0][1:] == graphs[1][1:] and graphs[0][0] == 2
