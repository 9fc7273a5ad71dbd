"""Whole models in one HDF5 file, as Keras 2 saved them and ``model.save("model.h5")`` still does.

The config lies in attributes of the file, the weights in one group per layer, by name. Keras
calls the format legacy; its ``model.weights.h5`` (`hdf5`) is another one.
"""

import json

from .. import _objects, losses, optimizers
from .._errors import warn
from ..versions import KERAS_VERSION
from . import archive, hdf5, state
from .atomic import replacing

_ARGUMENTS_OF_LAMBDA = ("module", "function_type", "output_shape_type", "output_shape_module")


def save(model, path, include_optimizer=True):
    """Write a model, with its training configuration if it is compiled."""
    hdf5.h5py()
    config = {"class_name": type(model).__name__,
              "config": _without_modules(_objects.serialize(model.get_config()))}
    with replacing(path) as file, hdf5.h5py().File(file, "w") as h5:
        h5.attrs["keras_version"] = KERAS_VERSION
        h5.attrs["backend"] = "autograd_mlp"
        h5.attrs["model_config"] = json.dumps(config)
        _write_weights(h5.create_group("model_weights"), model)
        if include_optimizer and model.compiled:
            h5.attrs["training_config"] = json.dumps(_training_config(model))
            variables = list(model.optimizer.variables)
            group = h5.create_group("optimizer_weights")
            _write_variables(group, variables, [f"{model.optimizer.name}/{i}_{v.name}"
                                                for i, v in enumerate(variables)])


def _write_weights(group, model):
    group.attrs["backend"] = "autograd_mlp"
    group.attrs["keras_version"] = KERAS_VERSION
    hdf5.write_names(group, "layer_names", [layer.name for layer in model.layers])
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        weights = _weights_of(layer)
        _write_variables(group.create_group(layer.name), weights, [w.path for w in weights])
    own = state.own_variables(model)
    _write_variables(group.create_group("top_level_model_weights"), own, [w.path for w in own])


def _write_variables(group, variables, names):
    if len(set(names)) < len(names):
        names = [f"{i}/{name}" for i, name in enumerate(names)]
    hdf5.write_names(group, "weight_names", names)
    for name, variable in zip(names, variables, strict=True):
        group.create_dataset(name, data=variable.numpy())


def _weights_of(layer):
    """In the older order: all that are trained, then the others."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _training_config(model):
    config = dict(model.get_compile_config() or {})
    optimizer = _objects.serialize(model.optimizer)
    config.pop("optimizer", None)
    config = _without_modules(_objects.serialize(config))
    if isinstance(config.get("loss"), str):     # Keras does not read the short names it writes
        config["loss"] = losses.SHORT_NAMES.get(config["loss"].lower(), config["loss"])
    config["optimizer_config"] = {"class_name": optimizer["registered_name"]
                                  or optimizer["class_name"], "config": optimizer["config"]}
    return config


def _without_modules(config):
    """Objects as Keras 2 describes them: class name and config only, a function by its name."""
    if isinstance(config, (list, tuple)):
        return [_without_modules(item) for item in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "function":
        return config["config"]
    config = {key: _without_modules(value) for key, value in config.items()}
    if "class_name" in config and "config" in config and config["class_name"] != "DTypePolicy":
        name = config.get("registered_name") or config["class_name"]
        return {"class_name": name, "config": config["config"]}
    return config


# ------------------------------------------------------------------------------------ loading


def load(path, custom_objects=None, compile=True, safe_mode=True):
    """Make the model that a ``.h5`` file describes."""
    name = f"'{path}'"
    with open(path, "rb") as file, hdf5.opened(file, name) as h5:
        text = hdf5.read_text(h5, "model_config")
        if text is None:
            raise ValueError(f"{name} has no model_config: it holds weights only; build the model "
                             "and use its load_weights().")
        config = _modern(_parsed(text, name))
        datasets = hdf5.walk(h5, name)
        total = sum(hdf5.dataset_bytes(dataset) for _, dataset in datasets)
        model = archive.model_of(json.dumps(config), name, custom_objects, False, safe_mode, total)
        group = hdf5.child(h5, "model_weights", "group", name)
        if group is None:
            raise ValueError(f"{name} has no group model_weights.")
        _load_group(model, group, name, False, False)
        if compile:
            _compile(model, h5, name, custom_objects, safe_mode)
    return model


def load_weights(model, path, skip_mismatch=False, by_name=False):
    """Copy the weights of a ``.h5`` file, of a whole model or weights only, into a model."""
    name = f"'{path}'"
    with open(path, "rb") as file, hdf5.opened(file, name) as h5:
        hdf5.walk(h5, name)
        group = h5
        if "layer_names" not in h5.attrs and "model_weights" in h5:
            group = hdf5.child(h5, "model_weights", "group", name)
        _load_group(model, group, name, skip_mismatch, by_name)


def _load_group(model, group, name, skip_mismatch, by_name):
    saved = []
    for layer_name in hdf5.read_names(group, "layer_names", name):
        found = _datasets(group, layer_name, name)
        if found:
            saved.append((layer_name, found))
    if by_name:
        by = {layer.name: layer for layer in model.layers}
        pairs = [(by[layer_name], layer_name, found) for layer_name, found in saved
                 if layer_name in by]
    else:
        layers = [layer for layer in model.layers if _weights_of(layer)]
        if len(layers) != len(saved):
            raise ValueError(
                f"{name} holds weights of {len(saved)} layers "
                f"({', '.join(layer_name for layer_name, _ in saved[:8])}), model '{model.name}' "
                f"has {len(layers)} layers with weights; with by_name=True only layers of the same "
                "name are loaded.")
        pairs = [(layer, layer_name, found)
                 for layer, (layer_name, found) in zip(layers, saved, strict=True)]
    pairs = [(_weights_of(layer), f"layer '{layer.name}' (in the file: {layer_name})", found)
             for layer, layer_name, found in pairs]
    own = _datasets(group, "top_level_model_weights", name)
    if own:
        pairs.append((state.own_variables(model), f"model '{model.name}' itself", own))
    plan, problems = [], []
    for variables, who, found in pairs:
        if len(variables) != len(found):
            problems.append(f"{who} has {len(variables)} weights, the file has {len(found)} for "
                            "it.")
            continue
        for variable, dataset in zip(variables, found, strict=True):
            if variable.shape != dataset.shape:
                problems.append(f"{who} expects shape {variable.shape} for '{variable.name}', the "
                                f"file has {dataset.shape}.")
            else:
                plan.append((variable, dataset))
    if problems:
        state.report(problems, name, skip_mismatch)
    values = [hdf5.values(dataset) for _, dataset in plan]
    for (variable, _), array in zip(plan, values, strict=True):
        variable.assign(array.astype(variable.dtype, copy=False))


def _datasets(group, layer_name, name):
    here = hdf5.descend(group, layer_name, "group", name)
    if here is None:
        return []
    found = []
    for weight_name in hdf5.read_names(here, "weight_names", name):
        dataset = hdf5.descend(here, weight_name, "dataset", name)
        if dataset is None:
            raise ValueError(f"{name}: layer '{layer_name}' lists the weight '{weight_name}', "
                             "which is not there.")
        found.append(dataset)
    return found


def _parsed(text, name):
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name}: the config is no JSON: {error}") from error


def _modern(config):
    """The config of Keras 2 in today's terms: input shapes, lists of one axis, lambdas."""
    if isinstance(config, list):
        return [_modern(item) for item in config]
    if not isinstance(config, dict):
        return config
    config = {key: _modern(value) for key, value in config.items()}
    inner = config.get("config")
    if "class_name" not in config or not isinstance(inner, dict):
        return config
    shape = inner.pop("batch_input_shape", None)
    if shape is not None and config["class_name"] == "InputLayer":
        inner["batch_shape"] = shape
    elif shape is not None:
        config["batch_input_shape"] = shape  # its Sequential takes it off again
    if isinstance(inner.get("layers"), list):
        inner["layers"] = [part for layer in inner["layers"] for part in _with_input(layer)]
    axis = inner.get("axis")
    if isinstance(axis, list) and len(axis) == 1 and config["class_name"] == "BatchNormalization":
        inner["axis"] = axis[0]
    if isinstance(inner.get("fn"), str):        # of a MeanMetricWrapper
        inner["fn"] = {"class_name": "function", "config": inner["fn"]}
    if config["class_name"] == "Lambda":
        for key in _ARGUMENTS_OF_LAMBDA:
            inner.pop(key, None)
        if isinstance(inner.get("function"), list):
            inner["function"] = {"class_name": "__lambda__",
                                 "config": {"value": inner["function"]}}
    return config


def _modern_optimizer(config):
    inner = dict(config.get("config") or {})
    for name in ("is_legacy_optimizer", "jit_compile"):
        inner.pop(name, None)
    if not inner.get("decay"):
        inner.pop("decay", None)
    return {**config, "config": inner}


def _with_input(layer):
    shape = layer.pop("batch_input_shape", None) if isinstance(layer, dict) else None
    if shape is None:
        return [layer]
    return [{"class_name": "InputLayer", "config": {"batch_shape": shape}}, layer]


def _compile(model, h5, name, custom_objects, safe_mode):
    text = hdf5.read_text(h5, "training_config")
    if text is None:
        warn(f"{name} has no training configuration, so the model is not compiled: call "
             "compile() before training it")
        return
    config = _modern(_parsed(text, name))
    try:
        with _objects.CustomObjectScope(custom_objects):
            arguments = {key: config[key] for key in
                         ("loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly",
                          "steps_per_execution") if config.get(key) is not None}
            optimizer = optimizers.deserialize(_modern_optimizer(config["optimizer_config"]))
            model.compile(optimizer=optimizer, **arguments)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{name}: the model cannot be compiled as its training configuration "
                         f"says: {error}; load_model(..., compile=False) leaves that out.") \
            from error
    group = hdf5.child(h5, "optimizer_weights", "group", name)
    if group is None:
        return
    model.optimizer.build(model.trainable_variables)
    variables = model.optimizer.variables
    found = [hdf5.descend(group, weight, "dataset", name)
             for weight in hdf5.read_names(group, "weight_names", name)]
    if [v.shape for v in variables] != [d.shape if d is not None else None for d in found]:
        warn(f"{name}: the optimizer's state is not restored, it was saved by another "
             "version of the optimizer")
        return
    for variable, dataset in zip(variables, [hdf5.values(d) for d in found], strict=True):
        variable.assign(dataset.astype(variable.dtype, copy=False))
