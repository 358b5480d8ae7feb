#!/usr/bin/env python3
"""Measures PyTorch, and NumPy the way the notebook's fast layers use it, on the benchmark's workloads.

    python3 packages/bench/python/bench.py --json python.json
    npm run convkit -- bench --from bench.json python.json --html speed.html

Writes the same JSON as `convkit bench`; with it, its rows stand beside those of the other libraries. What is not
installed is named as absent. One thread and float32, like every other library there.

`convkit bench --recipe NAME --pytorch python3` starts it with --nets, for the nets of recipes in PyTorch.
"""

import argparse
import datetime
import glob
import json
import os
import platform
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WARM_UP, SAMPLES, ENOUGH, MOST, SAMPLE_TIME, SLOW = 0.2, 15, 0.3, 10.0, 0.002, 1.0


def sample(call, most=MOST):
    """Milliseconds a call: the method of packages/conformance/src/speed/sampling.ts, without turns."""
    start, calls, last = time.perf_counter(), 0, 0.0
    while calls < 10 or time.perf_counter() - start < WARM_UP:
        begin = time.perf_counter()
        call()
        last = time.perf_counter() - begin
        calls += 1
        if last > SLOW or time.perf_counter() - start > 10 * WARM_UP:
            break
    samples, spent = [], 0.0
    while len(samples) < 3 or (
        last <= SLOW and spent < most and (len(samples) < SAMPLES or (spent < ENOUGH and len(samples) < 51))
    ):
        count = max(1, round(SAMPLE_TIME / max(last, 1e-9)))
        begin = time.perf_counter()
        for _ in range(count):
            call()
        elapsed = time.perf_counter() - begin
        last = elapsed / count
        spent += elapsed
        samples.append(last * 1000)
    return samples


def workloads():
    for file in sorted(glob.glob(os.path.join(HERE, "..", "workloads", "*.json"))):
        with open(file) as stream:
            content = json.load(stream)
        if content["kind"] != "layer" or not content.get("peers"):
            continue
        sweep = content.get("sweep")
        for at in sweep["values"] if sweep else [None]:
            lengths = {**sweep.get("where", {}), sweep["over"]: at} if sweep else {}
            shape = lambda dims: [lengths.get(d, d) for d in dims]
            yield {
                **content,
                "name": f"{content['name']} {at}" if sweep else content["name"],
                "inputs": {name: shape(dims) for name, dims in content["inputs"].items()},
                "passes": content.get("passes", ["forward", "backward"]),
            }


class Torch:
    name = "pytorch"

    def __init__(self):
        import torch

        self.torch = torch
        torch.set_num_threads(1)
        self.description = f"PyTorch {torch.__version__}, one thread"

    def prepare(self, workload):
        torch = self.torch
        f = torch.nn.functional
        torch.manual_seed(0)
        x, *parameters = [
            torch.randn(shape, requires_grad=True)
            for name, shape in workload["inputs"].items()
            if not name.startswith("running")
        ]
        attributes = workload.get("attributes", {})
        layer = workload["layer"]
        if layer == "conv2d":
            top, left, bottom, right = attributes["pad"]
            if (top, left) != (bottom, right):
                return {}
            options = {"stride": attributes["stride"], "padding": (top, left), "groups": attributes["groups"]}
            forward = lambda: f.conv2d(x, *parameters, **options)
        elif layer == "maxPool2d":
            forward = lambda: f.max_pool2d(x, attributes["kernel"], attributes["stride"])
        elif layer == "affine":
            w, *b = parameters
            forward = lambda: (torch.addmm(b[0], x, w) if b else x @ w)
        elif layer == "batchNorm":
            gamma, beta = parameters
            forward = lambda: f.batch_norm(x, None, None, gamma, beta, training=True, eps=attributes["eps"])
        else:
            return {}
        y = forward()
        dy = torch.randn_like(y)
        backward = lambda: torch.autograd.grad(y, [x, *parameters], dy, retain_graph=True)

        def plain():
            with torch.no_grad():
                forward()

        return {"forward": plain, "backward": backward}


class NumPy:
    """im2col and a product of matrices, as cs231n/fast_layers.py has it (its Cython loops as strided views)."""

    name = "numpy"

    def __init__(self):
        import numpy

        self.np = numpy
        self.description = f"NumPy {numpy.__version__}, im2col, one thread"

    def prepare(self, workload):
        np = self.np
        random = np.random.default_rng(0)
        draw = lambda shape: random.standard_normal(shape, dtype=np.float32)
        inputs = {name: draw(shape) for name, shape in workload["inputs"].items()}
        make = {"conv2d": self.conv, "maxPool2d": self.pool, "affine": self.affine}.get(workload["layer"])
        return make(workload.get("attributes", {}), draw, **inputs) if make else {}

    def affine(self, _attributes, draw, x, w, b=None):
        y = x @ w
        dy = draw(y.shape)
        forward = lambda: x @ w if b is None else x @ w + b
        return {"forward": forward, "backward": lambda: (dy @ w.T, x.T @ dy, dy.sum(0))}

    def conv(self, attributes, draw, x, w, b=None):
        np = self.np
        (sh, sw), (top, left, bottom, right) = attributes["stride"], attributes["pad"]
        n, c, h, width = x.shape
        f, _, kh, kw = w.shape
        flat = w.reshape(f, -1)
        padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
        out_h, out_w = (padded.shape[2] - kh) // sh + 1, (padded.shape[3] - kw) // sw + 1

        def columns():
            padded[:, :, top : top + h, left : left + width] = x
            windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), (2, 3))[:, :, ::sh, ::sw]
            return windows.transpose(1, 4, 5, 0, 2, 3).reshape(c * kh * kw, -1)

        def forward():
            y = flat @ columns()
            if b is not None:
                y += b[:, None]
            return y.reshape(f, n, out_h, out_w).transpose(1, 0, 2, 3)

        dy, cols = draw((n, f, out_h, out_w)), columns()

        def backward():
            rows = dy.transpose(1, 0, 2, 3).reshape(f, -1)
            dcols = (flat.T @ rows).reshape(c, kh, kw, n, out_h, out_w)
            dx = np.zeros_like(padded)
            for i in range(kh):
                for j in range(kw):
                    dx[:, :, i : i + sh * out_h : sh, j : j + sw * out_w : sw] += dcols[:, i, j].transpose(1, 0, 2, 3)
            return dx[:, :, top : top + h, left : left + width], rows @ cols.T, rows.sum(1)

        return {"forward": forward, "backward": backward}

    def pool(self, attributes, draw, x):
        (kh, kw), stride = attributes["kernel"], attributes["stride"]
        n, c, h, w = x.shape
        if [kh, kw] != stride or h % kh or w % kw:
            return {}
        tiles = x.reshape(n, c, h // kh, kh, w // kw, kw)
        y = tiles.max(axis=(3, 5))
        dy = draw(y.shape)

        def backward():
            mask = tiles == y[:, :, :, None, :, None]
            return (mask * (dy / mask.sum(axis=(3, 5)))[:, :, :, None, :, None]).reshape(x.shape)

        return {"forward": lambda: tiles.max(axis=(3, 5)), "backward": backward}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", required=True, help="the report to write")
    parser.add_argument("--only", nargs="*", help="only these workloads: W1 GEMM ...")
    parser.add_argument("--nets", nargs="+", help="nets that convkit wrote, in place of the workloads")
    parser.add_argument("--threads", type=int, default=1, help="threads of the nets")
    parser.add_argument("--quick", action="store_true", help="sample what is slow for a second")
    options = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, str(options.threads))
    if options.nets:
        from nets import measure

        name = "pytorch" if options.threads == 1 else f"pytorch, {options.threads} threads"
        rows, setup = measure(
            options.nets, options.threads, lambda call: sample(call, 1.0 if options.quick else MOST), name
        )
        peer = {"name": name, "description": setup[0], "threads": options.threads, "setup": setup}
        write(options.json, [peer], [], rows)
        return
    libraries, absent = [], []
    for library in (Torch, NumPy):
        try:
            libraries.append(library())
        except ImportError as error:
            absent.append({"name": library.name, "reason": str(error)})
    chosen = [w for w in workloads() if not options.only or w["name"].split(" ")[0] in options.only]
    measurements = []
    for workload in chosen:
        for library in libraries:
            calls = library.prepare(workload)
            for name in workload["passes"]:
                row = {"workload": workload["name"], "pass": name, "contender": library.name, "first": None}
                if name in calls:
                    row.update(status="measured", reason=None, milliseconds=sample(calls[name]))
                    print(f"{workload['name']:10} {name:9} {library.name:8} {sorted(row['milliseconds'])[len(row['milliseconds']) // 2]:10.4f} ms")
                else:
                    row.update(status="unsupported", reason="it is not compared in this layer", milliseconds=[])
                measurements.append(row)
    peers = [{"name": library.name, "description": library.description} for library in libraries]
    write(options.json, peers, absent, measurements)


def write(file, peers, absent, measurements):
    report = {
        "version": 1,
        "environment": {
            "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "platform": f"{platform.system().lower()} {platform.machine()}",
            "python": platform.python_version(),
        },
        "peers": peers,
        "absent": absent,
        "measurements": measurements,
    }
    with open(file, "w") as stream:
        json.dump(report, stream, indent=1)


if __name__ == "__main__":
    main()
