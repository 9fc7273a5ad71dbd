"""Every code block of every tutorial in ../shared/seeds runs, in its page's order, unchanged.

Added is only what a page leaves out: data files, imports that a slide omits, a seed. A page's slips
of the pen are listed as repairs.
"""

import ast
import os
from pathlib import Path

import numpy as np
import pytest

from tests.faces.running import output
from tests.tutorials import once
from tests.tutorials.pages import script

SEEDS = Path(os.environ.get("AUTOGRAD_MLP_HOME", "")) / "seeds"    # conftest: ../shared, if there
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the tutorials' pages are not here: "
                                "the folder seeds/ of AUTOGRAD_MLP_HOME")

SEED = "import keras\nkeras.utils.set_random_seed(1)\n"


def page(words):
    """The page in which these words stand."""
    found = [text for path in sorted(SEEDS.glob("*.txt"))
             if words in (text := path.read_text(encoding="utf-8"))]
    assert len(found) == 1
    return found[0]


def printed(text):
    """The lines of the script's output that are no progress bar's."""
    return [line for line in text.replace("\r", "\n").split("\n")
            if line.strip() and "step" not in line and not line.startswith("Epoch")]


def test_all_pages_have_a_test():
    assert len(list(SEEDS.glob("*.txt"))) == 5


def test_pima_step_by_step(pima_home, tmp_path):
    (tmp_path / "pima-indians-diabetes.csv").symlink_to(
        pima_home / "datasets" / "pima-indians-diabetes.csv")
    code = script(page("title: Deep Learning Tutorial With Keras"), additions=[
        ("from numpy", SEED), ("", "print(model.evaluate(X, y, verbose=0))")])
    loss, accuracy = ast.literal_eval(printed(output(tmp_path, code))[-1])
    assert loss < 0.58 and accuracy > 0.72


def test_mnist_in_seven_steps(mnist_home, tmp_path):
    code = script(page("MNIST 데이터셋을 통한 분류 모델의 구현 예시"), additions=[
        ("# 0.", SEED)])
    lines = printed(output(tmp_path, code))
    titles = [i for i, line in enumerate(lines) if line.startswith("##")]
    losses, accuracies, evaluated = (
        ast.literal_eval(lines[titles[i] + j]) for i, j in ((0, 1), (0, 2), (1, 1)))
    assert losses == sorted(losses, reverse=True) and accuracies == sorted(accuracies)
    np.testing.assert_allclose(losses, [0.69, 0.351, 0.304, 0.276, 0.254], atol=0.04)
    np.testing.assert_allclose(accuracies, [0.822, 0.902, 0.914, 0.922, 0.929], atol=0.012)
    assert abs(evaluated[1] - 0.932) < 0.008 and abs(evaluated[0] - 0.241) < 0.02
    yhat = np.array(" ".join(lines[titles[2] + 1 :]).replace("[", "").replace("]", "").split(),
                    float)
    assert yhat.argmax() == 7 and yhat.max() > 0.98


def test_pima_on_slides(pima_home, tmp_path):
    (tmp_path / "data.csv").symlink_to(pima_home / "datasets" / "pima-indians-diabetes.csv")
    code = script(page("init: 웨이트 값 초기화 방법"), additions=[
        ("# create model", SEED + "import numpy as np\nfrom keras.models import Sequential\n"
         "from keras.layers import Dense\ndata = np.loadtxt('data.csv', delimiter=',')\n"
         "X, Y = data[:, :8], data[:, 8]\n")])
    text = output(tmp_path, code)
    lines = printed(text)
    name, percent = lines[-2].split(": ")
    assert name == "accuracy" and 70 < float(percent.rstrip("%")) < 82
    rounded = ast.literal_eval(lines[-1])
    assert len(rounded) == 768 and set(rounded) == {0, 1} and set(map(type, rounded)) == {int}
    assert rounded[:3] == [1, 0, 1]


def test_a_line_through_ten_points(tmp_path):
    code = script(page("# Learning Keras"), additions=[("#2.", SEED)])
    lines = printed(output(tmp_path, code))
    at = next(i for i, line in enumerate(lines) if line.startswith("mse: "))
    assert float(lines[at].split()[1]) < 0.05
    predicted = np.array(" ".join(lines[at + 1 : at + 4]).replace("[", "").replace("]", "").split(),
                         float)
    np.testing.assert_allclose(predicted, [11, 12, 13], atol=0.6)
    table = "\n".join(lines[at + 4 :])
    assert "(None, 16)" in table and "Trainable params: 609 " in table


XOR = """import numpy as np
from tensorflow import keras
keras.utils.set_random_seed(5)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])
"""
DIGIT = """import cv2
original = tf.keras.datasets.mnist.load_data()[1][0][1]     # a 2
cv2.imwrite("test.png", cv2.resize(255 - original, (280, 280), interpolation=cv2.INTER_NEAREST))
"""
SLIPS = [
    # statements that a slide breaks in two
    ("(test_images, test_labels)\n    = tf.", "(test_images, test_labels) = tf."),
    ("(test_images, test_labels) =\ntf.", "(test_images, test_labels) = tf."),
    (">>> train_label\n", ">>> train_labels\n"),
    # a bracket is missing
    ("np.array(\n    [[0,", "np.array([\n    [[0,"),
]


FEWER = "" if "AUTOGRAD_MLP_LONG_TESTS" in os.environ else (
    "train_images, train_labels = train_images[:6000], train_labels[:6000]\n")


def slides():
    pytest.importorskip("matplotlib")
    pytest.importorskip("cv2")
    pytest.importorskip("sklearn")
    return script(page("# Lab: 미니 배치 실습"), SLIPS, additions=[
        ("import numpy", SEED),
        ("model = tf.keras.models.Sequential()\n", XOR),
        ("import matplotlib.pyplot as plt", "model.summary()\n"),
        ("import cv2", DIGIT),
        ("# 케라스 모델을 sklearn에서", FEWER)])


@once
def test_slides_up_to_ones_own_digit(mnist_home, tmp_path):
    code = slides()
    end = code.index("from sklearn.model_selection")
    text = output(tmp_path, code[: code.rindex("import numpy as np", 0, end)])
    lines = printed(text)
    xor = text[text.index("Epoch 10000/10000") :].split("[[")[1].split("]]")[0]
    np.testing.assert_allclose(np.array(xor.replace("]", "").replace("[", "").split(), float),
                               [0, 1, 1, 0], atol=0.1)
    table = "\n".join(lines)
    for words in ('Model: "sequential"', "dense (Dense)", "(None, 2)", "dense_1 (Dense)",
                  "(None, 1)", " Trainable params: 9 ", "Non-trainable params: 0"):
        assert words in table, words
    accuracy = next(line for line in lines if line.startswith("테스트 정확도"))
    assert abs(float(accuracy.split()[-1]) - 0.963) < 0.006
    assert lines[-1] == "추정된 숫자= 2"


@once
def test_slides_grid_search(mnist_home, tmp_path):
    """19 trainings in two worker processes, on 6,000 digits.

    With AUTOGRAD_MLP_LONG_TESTS set on all 60,000, which takes a minute of two free cores.
    """
    code = slides()
    code = code[code.rindex("import numpy as np", 0, code.index("from sklearn.model_selection")) :]
    lines = printed(output(tmp_path, SEED + code, timeout=600))
    best, parameters = float(lines[-2]), ast.literal_eval(lines[-1])
    assert abs(best - (0.930 if FEWER else 0.9687)) < (0.02 if FEWER else 0.006)
    assert parameters["epochs"] == 3 and parameters["batch_size"] in (32, 64)
