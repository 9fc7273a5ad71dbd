"""The same with PyTorch, eager, with what makes it fast on a CPU: see README.md."""

import torch
from torch.nn import functional as F

from .timing import loop

ACTIVATIONS = {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "linear": torch.nn.Identity}


def version():
    return (f"PyTorch {torch.__version__} "
            f"({'MKL' if torch.backends.mkl.is_available() else 'no MKL'}, "
            f"{torch.backends.cpu.get_cpu_capability()})")


class Training:
    def __init__(self, network):
        self.network = network
        self.pairs = list(zip(network.sizes, network.sizes[1:], strict=False))
        layers = []
        for i, o in self.pairs:
            layers += [torch.nn.Linear(i, o), ACTIVATIONS.get(network.hidden)()]
        self.layers = torch.nn.Sequential(*layers[:-1])     # up to before the last activation
        weights = [torch.from_numpy(w) for w in network.weights()]
        with torch.no_grad():
            for layer, w, b in zip(layers[::2], weights[::2], weights[1::2], strict=True):
                layer.weight.copy_(w.T)
                layer.bias.copy_(b)
        parameters, rate = list(self.layers.parameters()), network.learning_rate
        self.optimizer = {
            "sgd": lambda: torch.optim.SGD(parameters, rate, fused=True),
            "adam": lambda: torch.optim.Adam(parameters, rate, eps=1e-7, fused=True),
            "rmsprop": lambda: RMSprop(parameters, rate),
        }[network.optimizer]()
        self.data = {}

    def train(self, x, y, epochs, shuffle=True):
        """Lists of the epochs' means by name: "loss" and perhaps "accuracy"."""
        samples, size = len(x), self.network.batch_size
        x, y = self._tensors(x, y)
        history = {"loss": [], "accuracy": []} if self.network.accuracy else {"loss": []}
        for _ in range(epochs):
            order = torch.randperm(samples) if shuffle else torch.arange(samples)
            loss, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
            for batch in order.split(size):
                step_loss, step_right = self.step(x.index_select(0, batch),
                                                  y.index_select(0, batch))
                loss += step_loss * len(batch)
                right += step_right
            for mean, total in zip(history.values(), (loss, right), strict=False):
                mean.append(float(total) / samples)
        return history

    def step(self, x, target):
        """One update; returns the mean loss and the number of right answers of the batch."""
        self.optimizer.zero_grad()
        z, kind = self.layers(x), self.network.loss
        if kind == "categorical_crossentropy":
            loss = F.cross_entropy(z, target)
        elif kind == "binary_crossentropy":
            loss = F.binary_cross_entropy_with_logits(z, target)
        else:
            loss = F.mse_loss(self._output(z), target)
        loss.backward()
        self.optimizer.step()
        if not self.network.accuracy:
            return loss.detach(), 0
        with torch.no_grad():
            if z.shape[1] == 1:
                return loss.detach(), ((z > 0) == (target > 0.5)).sum()
            labels = target if target.ndim == 1 else target.argmax(1)
            return loss.detach(), (z.argmax(1) == labels).sum()

    def _tensors(self, x, y):
        """The data as tensors, classes by number: made once, not timed."""
        key = x.ctypes.data, len(x)
        if key not in self.data:
            target = torch.from_numpy(y)
            if self.network.loss == "categorical_crossentropy":
                target = target.argmax(1)
            self.data[key] = torch.from_numpy(x), target
        return self.data[key]

    def _output(self, z):
        return {"sigmoid": torch.sigmoid, "linear": lambda z: z,
                "softmax": lambda z: torch.softmax(z, -1)}[self.network.output](z)

    def predict(self, x):
        outputs = torch.empty((len(x), self.network.sizes[-1]))
        with torch.inference_mode():
            for batch, out in zip(torch.from_numpy(x).split(32), outputs.split(32), strict=True):
                out.copy_(self._output(self.layers(batch)))
        return outputs.numpy()

    def call(self, x):
        """A function of no arguments that runs the model on x, from tensor to tensor."""
        x = torch.from_numpy(x)

        def call():
            with torch.inference_mode():
                return self._output(self.layers(x))
        return call

    def call_on_array(self, x):
        """The same from array to array."""
        def call():
            with torch.inference_mode():
                return self._output(self.layers(torch.from_numpy(x))).numpy()
        return call


class RMSprop:
    """torch.optim.RMSprop adds its epsilon after the root, Keras before; as many passes."""

    def __init__(self, parameters, rate):
        self.parameters, self.rate = parameters, rate
        self.squares = [torch.zeros_like(p) for p in parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self):
        for p, square in zip(self.parameters, self.squares, strict=True):
            square.mul_(0.9).addcmul_(p.grad, p.grad, value=0.1)
            p.addcdiv_(p.grad, (square + 1e-7).sqrt_(), value=-self.rate)


def matmul(kind, a, b):
    """(repeat, result): ``repeat(n)`` does n products into one tensor."""
    a, b = torch.from_numpy(a), torch.from_numpy(b)
    a, b = a.T if kind == "aᵀ·b" else a, b.T if kind == "a·bᵀ" else b
    out = torch.empty((a.shape[0], b.shape[1]), dtype=a.dtype)
    return loop(lambda: torch.mm(a, b, out=out)), out.numpy()


def call_matmul(a, b):
    """A function of no arguments that does a product from Python."""
    a, b = torch.from_numpy(a), torch.from_numpy(b)
    return lambda: a @ b


aten = torch.ops.aten
SELU = 1.6732632423543772, 1.0507009873554805, 1


def activation(name, x, dy):
    """(repeat forward, repeat backward, y, dx), by the functions that autograd calls."""
    x, dy = torch.from_numpy(x), torch.from_numpy(dy)
    y, dx = torch.empty_like(x), torch.empty_like(x)
    forward, backward = {
        "exp": (lambda: torch.exp(x, out=y), lambda: torch.mul(dy, y, out=dx)),
        "sigmoid": (lambda: torch.sigmoid(x, out=y),
                    lambda: aten.sigmoid_backward.grad_input(dy, y, grad_input=dx)),
        "tanh": (lambda: torch.tanh(x, out=y),
                 lambda: aten.tanh_backward.grad_input(dy, y, grad_input=dx)),
        "relu": (lambda: torch.clamp_min(x, 0, out=y),
                 lambda: aten.threshold_backward.grad_input(dy, y, 0, grad_input=dx)),
        "selu": (lambda: aten.elu.out(x, *SELU, out=y),
                 lambda: aten.elu_backward.grad_input(dy, *SELU, True, y, grad_input=dx)),
        "softplus": (lambda: aten.softplus.out(x, 1, 20, out=y),
                     lambda: aten.softplus_backward.grad_input(dy, x, 1, 20, grad_input=dx)),
        "softmax": (lambda: torch.softmax(x, -1, out=y),
                    lambda: aten._softmax_backward_data.out(dy, y, -1, x.dtype, grad_input=dx)),
    }[name]
    with torch.no_grad():
        forward()
        backward()
    return loop(forward), loop(backward), y.numpy(), dx.numpy()


def eager_step(x, target, weights, rate):
    """A learner's own loop on bare tensors: a function that does one step, returning the loss."""
    x, target = torch.tensor(x), torch.tensor(target)
    parameters = [torch.tensor(w, requires_grad=True) for w in weights]
    w1, b1, w2, b2 = parameters

    def step():
        h = torch.sigmoid(x @ w1 + b1)
        y = torch.sigmoid(h @ w2 + b2)
        loss = ((y - target) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p -= rate * p.grad
                p.grad = None
        return loss

    return step
