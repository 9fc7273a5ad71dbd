"""Progress and messages go to standard output, or to a logger."""

import logging

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, config
from autograd_mlp.callbacks import LearningRateScheduler
from autograd_mlp.layers import Dense


@pytest.fixture
def quiet():
    config.disable_interactive_logging()
    yield
    config.enable_interactive_logging()


def test_a_logger_takes_what_would_be_printed(quiet, capsys, caplog):
    assert not config.is_interactive_logging_enabled()
    model = Sequential([Input((2,)), Dense(1)])
    model.compile("sgd", "mse")
    with caplog.at_level(logging.INFO, "autograd_mlp"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2,
                  callbacks=[LearningRateScheduler(lambda epoch: 0.5, verbose=1)])
        model.summary()
    assert capsys.readouterr().out == ""
    assert any(message.startswith("Epoch 2/2 - 1/1 - ") for message in caplog.messages)
    assert any("setting learning rate to 0.5" in message for message in caplog.messages)
    assert any("Total params" in message for message in caplog.messages)


def test_printing_is_what_it_begins_with(capsys):
    assert config.is_interactive_logging_enabled()
    Sequential([Input((2,)), Dense(1)]).summary()
    assert "Total params" in capsys.readouterr().out
