"""Nets that `convkit bench --recipe` hands over, as PyTorch's users write them, held to be the same before they are timed.

Each is a safetensors file: packages/bench/src/pytorch/net.ts says what is in it.
"""

import json
import os
import struct
import textwrap

import torch
from torch import nn

# Of the largest number, as packages/bench/src/gate/close.ts has it.
LOOSE = 1e-3
# Without them, glibc gives large blocks back to the system after each step and every step pays for fresh pages.
KEPT = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_")
DTYPES = {"F32": torch.float32, "I32": torch.int32}


class Unsupported(Exception):
    pass


class Different(Exception):
    pass


def read_safetensors(file):
    with open(file, "rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
        data = bytearray(stream.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = torch.frombuffer(data[begin:end], dtype=DTYPES[entry["dtype"]])
            tensors[name] = values.reshape(entry["shape"])
    return tensors, json.loads(header["__metadata__"]["net"])


class BatchNorm(nn.BatchNorm2d):
    def _check_input_dim(self, _x):
        """Images and rows alike."""


class Function(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.forward = forward


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


def window(options):
    return {
        "kernel_size": pair(options["kernel"]),
        "stride": pair(options.get("stride", options["kernel"])),
        "padding": padding(options),
    }


def padding(options):
    pad = options.get("pad", 0)
    if pad == "same":
        sides = zip(pair(options.get("dilation", 1)), pair(options["kernel"]))
        return tuple(dilation * (kernel - 1) // 2 for dilation, kernel in sides)
    if isinstance(pad, list) and len(pad) == 4:
        top, left, bottom, right = pad
        if (top, left) != (bottom, right):
            raise Unsupported("it pads both sides alike")
        return (top, left)
    return pair(pad)


class Builder:
    """Modules from layers as data, with the values of `tensors`; their names are convkit's."""

    def __init__(self, tensors):
        self.tensors = tensors
        # By name, as parameter and as convkit has it: affine's weights are transposed.
        self.trained = {}

    def sequence(self, layers, prefix=""):
        counts, modules = {}, []
        for layer in layers:
            kind = layer["kind"]
            counts[kind] = counts.get(kind, 0) + 1
            modules.append(self.layer(kind, layer, f"{prefix}{kind}{counts[kind]}"))
        return nn.Sequential(*modules)

    def layer(self, kind, options, name):
        if kind in ("conv2d", "convRelu", "convReluPool", "convBnRelu", "convBnReluPool"):
            norm = [self.norm(options.get("bn", {}), name)] if "Bn" in kind else []
            relu = [nn.ReLU()] if "Relu" in kind else []
            pool = [nn.MaxPool2d(**window(options.get("pool", {"kernel": 2})))] if "Pool" in kind else []
            return nn.Sequential(self.conv(options, name, not norm), *norm, *relu, *pool)
        if kind in ("affine", "affineRelu"):
            relu = [nn.ReLU()] if kind == "affineRelu" else []
            return nn.Sequential(nn.Flatten(), self.linear(options, name), *relu)
        if kind == "batchNorm":
            return self.norm(options, name)
        if kind == "maxPool2d":
            return nn.MaxPool2d(**window(options))
        if kind == "avgPool2d":
            return nn.AvgPool2d(**window(options), count_include_pad=options.get("countIncludePad", True))
        if kind == "globalAvgPool2d":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        if kind == "scale":
            return Function(lambda x: x * options["factor"])
        if kind == "standardise":
            mean, deviation = (self.tensors[f"{name}.{what}"].reshape(-1, 1, 1) for what in ("mean", "variance"))
            deviation = deviation.sqrt()
            return Function(lambda x: (x - mean) / deviation)
        if kind == "sequence":
            return self.sequence(options["args"][0], f"{name}.")
        if kind == "residual":
            body, *more = options["args"]
            shortcut = more[0].get("shortcut", []) if more else []
            return Residual(self.sequence(body, f"{name}."), self.sequence(shortcut, f"{name}.shortcut."))
        if kind == "leakyRelu":
            return nn.LeakyReLU(options.get("slope", 0.01))
        if kind == "gelu":
            return nn.GELU(approximate="tanh")
        activations = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "silu": nn.SiLU, "tanh": nn.Tanh}
        if kind in activations:
            return activations[kind]()
        raise Unsupported(f"python/nets.py has no {kind}")

    def conv(self, options, name, bias):
        module = nn.Conv2d(
            self.tensors[f"{name}.w"].shape[1] * options.get("groups", 1),
            options["filters"],
            pair(options["kernel"]),
            pair(options.get("stride", 1)),
            padding(options),
            pair(options.get("dilation", 1)),
            options.get("groups", 1),
            options.get("bias", bias),
        )
        return self.filled(module, name, options, {"w": module.weight, "b": module.bias})

    def linear(self, options, name):
        inputs = self.tensors[f"{name}.w"].shape[0]
        module = nn.Linear(inputs, options["units"], options.get("bias", True))
        return self.filled(module, name, options, {"w": module.weight, "b": module.bias})

    def norm(self, options, name):
        channels = self.tensors[f"{name}.gamma"].shape[0]
        module = BatchNorm(channels, options.get("eps", 1e-5), 1 - options.get("momentum", 0.9))
        return self.filled(module, name, {}, {"gamma": module.weight, "beta": module.bias})

    def filled(self, module, name, options, parameters):
        for short, parameter in parameters.items():
            if parameter is None:
                continue
            full = f"{name}.{short}"
            transposed = isinstance(module, nn.Linear) and short == "w"
            with torch.no_grad():
                parameter.copy_(self.tensors[full].t() if transposed else self.tensors[full])
            if options.get("frozen", False):
                parameter.requires_grad_(False)
            else:
                self.trained[full] = (parameter, transposed)
        return module


class Net:
    """The passes of a net: `calls`, by the names of the benchmark. Raises `Unsupported` or `Different`."""

    def __init__(self, file):
        self.tensors, self.data = read_safetensors(file)
        model = self.data["model"]["sequential"]
        loss = model.get("loss", {"kind": "softmaxCrossEntropy"})
        if loss["kind"] != "softmaxCrossEntropy":
            raise Unsupported(f"python/nets.py has no {loss['kind']}")
        builder = Builder(self.tensors)
        self.net = builder.sequence(model["layers"]).train()
        self.trained = builder.trained
        self.parameters = [parameter for parameter, _ in self.trained.values()]
        self.loss = nn.CrossEntropyLoss(label_smoothing=loss.get("labelSmoothing", 0.0))
        self.reg = model.get("reg", 0)
        self.images, self.labels = self.tensors["images"], self.tensors["labels"].long()

    def decayed(self, name):
        return name in self.data["decayed"]

    def hold(self):
        """What was compared, in a line."""
        count = sum(parameter.numel() for parameter in self.parameters)
        if count != self.data["parameters"]:
            raise Different(f"it has {count} parameters, expected {self.data['parameters']}")
        loss = self.loss(self.net(self.images), self.labels)
        for name, (parameter, _) in self.trained.items():
            if self.decayed(name):
                loss = loss + 0.5 * self.reg * parameter.square().sum()
        gradients = torch.autograd.grad(loss, self.parameters)
        pairs = zip(self.trained.items(), gradients)
        got = [(g.t() if transposed else g).flatten() for (_, (_, transposed)), g in pairs]
        expected = [self.tensors[f"d{name}"].flatten() for name in self.trained]
        off = relative("the loss", loss.detach().reshape(1), self.tensors["loss"])
        gradients_off = relative("the gradients", torch.cat(got), torch.cat(expected))
        return (
            f"{self.data['name']}: {count} parameters, as ours; the loss of the same weights and images, {loss.item():.6g}, "
            f"is off by {off:.1e} of ours, gradients by {gradients_off:.1e} of the largest"
        )

    def calls(self):
        size = len(self.labels)
        # Four batches, of which each step gathers one, as ours do.
        images = torch.cat([self.images, torch.randn(3 * size, *self.images.shape[1:])])
        labels = self.labels.repeat(4)
        order, turn = torch.randperm(4 * size).split(size), 0
        optimizer, decay = self.optimizer()
        kept = self.loss(self.net(self.images), self.labels)
        gradients = torch.autograd.grad(kept, self.parameters, retain_graph=True)

        def update():
            decay()
            optimizer.step()

        def step():
            nonlocal turn
            rows = order[turn % 4]
            turn += 1
            optimizer.zero_grad(set_to_none=True)
            self.loss(self.net(images[rows]), labels[rows]).backward()
            update()

        def prepare_update():
            for parameter, gradient in zip(self.parameters, gradients):
                parameter.grad = gradient

        return {
            "forward": (None, lambda: self.loss(self.net(self.images), self.labels)),
            "backward": (None, lambda: torch.autograd.grad(kept, self.parameters, retain_graph=True)),
            "update": (prepare_update, update),
            "step": (None, step),
        }

    def optimizer(self):
        """With what it does to weights before its step. The penalty is a decay that goes into the gradient."""
        own = {"momentum": 0.9, "beta1": 0.9, "beta2": 0.999, **self.data["optimizer"]}
        name, rate = own["name"], own["learningRate"]
        groups = [
            {"params": [p for key, (p, _) in self.trained.items() if self.decayed(key)], "weight_decay": self.reg},
            {"params": [p for key, (p, _) in self.trained.items() if not self.decayed(key)], "weight_decay": 0},
        ]
        betas = (own["beta1"], own["beta2"])
        if name == "sgd":
            return torch.optim.SGD(groups, rate), lambda: None
        if name == "sgdMomentum":
            return torch.optim.SGD(groups, rate, own["momentum"]), lambda: None
        if name == "adam":
            return torch.optim.Adam(groups, rate, betas), lambda: None
        if name == "nesterov":
            factor = 1 - rate * own.get("weightDecay", 0)

            def decay():
                with torch.no_grad():
                    torch._foreach_mul_(groups[0]["params"], factor)

            return torch.optim.SGD(groups, rate, own["momentum"], nesterov=True), decay
        raise Unsupported(f"python/nets.py has no {name}")


def relative(what, got, expected):
    """The largest difference over the largest number; raises `Different`, also for a NaN."""
    off = ((got - expected).abs().max() / expected.abs().max()).item()
    if not off <= LOOSE:
        raise Different(f"{what} of the same weights and images: off by {off:.1e} of the largest number")
    return off


def measure(files, threads, sample, contender):
    """Rows of the report, and how all of it was built and run."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    rows, lines = [], []
    for file in files:
        net, calls, refusal = None, {}, None
        data = read_safetensors(file)[1]
        try:
            net = Net(file)
            lines.append(net.hold())
            calls = net.calls()
        except Unsupported as error:
            refusal = ("unsupported", str(error))
        except Different as error:
            refusal = ("wrong", str(error))
        for name in data["passes"]:
            row = {"workload": data["name"], "pass": name, "contender": contender, "first": None}
            if name in calls:
                prepare, call = calls[name]
                if prepare:
                    prepare()
                row.update(status="measured", reason=None, milliseconds=sample(call))
            else:
                status, reason = refusal or ("unsupported", "python/nets.py has no such pass")
                row.update(status=status, reason=reason, milliseconds=[])
            rows.append(row)
    kept = [f"{name}={os.environ.get(name, 'not set')}" for name in KEPT]
    own = torch.get_num_threads()
    version = f"PyTorch {torch.__version__}, {own} thread{'' if own == 1 else 's'}"
    config = [line.strip(" -") for line in torch.__config__.show().splitlines()]
    parts = [textwrap.wrap(line, 120, break_on_hyphens=False) for line in [", ".join(kept), *lines, *config]]
    return rows, [version, *sum(parts, [])]
