"""What curiosity costs on torch modules: needs torch and what skcurious needs.

Each line is a median of paired runs in one process, with the goal:

    carried / plain    a training step with the tangent carried along / one without,
                       Adam and the penalty included in both
    score / forward    a directional derivative of the outputs / the outputs
    kernel             tangent kernel of pool and labelled rows, gradients included
    product / gradient a Gauss-Newton product / loss and gradient of the same rows
    solve              conjugate gradients to a relative residual of 1e-3; alpha a row
                       is what a weight decay is

Arithmetic bounds what can be had. In units of one product of a square layer a forward
pass is 1, a pass back 2, dual numbers 3: so score / forward is 3 (2 in the first
layer), unless something else than these products counts. Carried / plain is 7 / 3 by
dual numbers, and 5 / 3 where the layers of a module with one output know their
gradients; a Gauss-Newton product is 5 / 3 and 4 / 3 of a gradient.

Run with ``python benchmarks/bench_torch.py`` for the figures of a CPU (one thread), or
``--gpu`` for those of a card: less than four minutes, each measurement on its own.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from skcurious.torch._carried import CarriedTangent
from skcurious.torch._curvature import Diagonal, GaussNewton, TrainingRows
from skcurious.torch._factors import IterativeFactor
from skcurious.torch._layout import two_dimensions
from skcurious.torch._modes import all_digits, precision
from skcurious.torch._network import TorchNetwork
from skcurious.torch._solve import make_preconditioner

START = time.perf_counter()


def line(name, value, goal="", note=""):
    print(f"{name:52s} {value:>12s}  {goal:>10s}  {note}", flush=True)


def attempt(name, function, *arguments, limit, **options):
    """Run one measurement, if there is time; an error is a line of its own."""
    if time.perf_counter() - START > limit:
        line(name, "-", note=f"left out: {limit} s are over")
        return
    try:
        return function(name, *arguments, **options)
    except Exception as error:  # a measurement that fails must not stop the others
        message = str(error).splitlines()[0][:150] if str(error) else ""
        line(name, "error", note=f"{type(error).__name__}: {message}")
    finally:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds(function, device):
    synchronize(device)
    start = time.perf_counter()
    function()
    synchronize(device)
    return time.perf_counter() - start


def medians(functions, device, budget, warm=2):
    """Median seconds of each, taking turns for some seconds."""
    for function in functions:
        for _ in range(warm):
            seconds(function, device)
    times = [[] for _ in functions]
    start = time.perf_counter()
    while len(times[0]) < 5 or time.perf_counter() - start < budget:
        for found, function in zip(times, functions, strict=True):
            found.append(seconds(function, device))
        if time.perf_counter() - start > 4 * budget:
            break
    return [statistics.median(found) for found in times]


def perceptron(n_inputs, width, depth, device, activation=nn.ReLU):
    torch.manual_seed(0)
    layers, size = [], n_inputs
    for _ in range(depth):
        layers += [nn.Linear(size, width), activation()]
        size = width
    return nn.Sequential(*layers, nn.Linear(size, 1)).to(device)


def rows(n, n_inputs, device, seed=0):
    generator = torch.Generator(device).manual_seed(seed)
    x = torch.randn(n, n_inputs, device=device, generator=generator)
    return x, (torch.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3])


class Step:
    """One step of training on a minibatch, with or without a tangent."""

    def __init__(self, module, batch, carries, autocast, dual=False):
        n_train, alpha = 1_000_000, 1.0
        self.module, self.batch = module, batch
        self.device = batch[0].device
        self.autocast = autocast
        self.n_train, self.alpha = n_train, alpha
        self.optimizer = torch.optim.Adam(module.parameters(), lr=1e-4)
        self.penalised = [p for p in module.parameters() if p.ndim >= 2]
        self.carried = None
        if carries:
            network = TorchNetwork(module, two_dimensions)
            self.carried = CarriedTangent(network)
            self.diagonal = Diagonal(
                network.layout, alpha / n_train, (0.1 * alpha + 1e-3) / n_train
            )
            self.ways = self.carried.evaluate
            if dual:
                self.ways = self.carried._by_dual_numbers

    def _precision(self):
        return precision(self.autocast, self.device)

    def __call__(self):
        x, y = self.batch
        self.optimizer.zero_grad()

        def loss_of(output):
            return (output.float() - y).square().mean()

        if self.carried is None:
            with self._precision():
                output = self.module(x)
            loss_of(output).backward()
        else:
            self.carried.begin(x, self.diagonal)
            *_, pulled = self.ways(self.module, x, loss_of, self._precision)
            self.carried.step(pulled, self.diagonal, 1 / self.n_train)
        with torch.no_grad():
            torch._foreach_add_(
                [p.grad for p in self.penalised],
                self.penalised,
                alpha=2 * self.alpha / self.n_train,
            )
        self.optimizer.step()


def bench_step(name, module, batch, goal, budget, autocast=None, dual=False):
    device = batch[0].device
    steps = [Step(module, batch, c, autocast, dual) for c in (True, False)]
    a, b = medians(steps, device, budget)
    note = f"{1e3 * a:.1f} ms / {1e3 * b:.1f} ms"
    if device.type == "cuda":
        peaks = []
        for step in steps:
            torch.cuda.reset_peak_memory_stats()
            seconds(step, device)
            peaks.append(torch.cuda.max_memory_allocated() / 2**30)
        note += f"; peak {peaks[0]:.1f} / {peaks[1]:.1f} GiB, both models in memory"
    line(name, f"{a / b:.2f}", goal, note)
    carried = steps[0].carried
    kept = sum(t.nbytes for t in (carried.tangent, carried.velocity, carried.mean))
    size = sum(p.nbytes for p in module.parameters())
    return kept / size


def bench_memory(name, module, batch):
    carried = Step(module, batch, True, None).carried
    kept = carried.tangent.nbytes + carried.mean.nbytes
    velocity = carried.velocity.nbytes
    size = sum(p.nbytes for p in module.parameters())
    line(name, f"{kept / size:.2f}", "2.00", f"and a momentum of {velocity / size:.2f}")


def bench_score(name, module, x, goal, budget, autocast=None):
    network = TorchNetwork(module, autocast=autocast)
    network.measure(x)
    direction = network.parameters

    def score():
        return network.linearise(x).jvp(direction)

    def forward():
        return network.linearise(x).output

    a, b = medians([score, forward], x.device, budget)
    line(name, f"{a / b:.2f}", goal, f"{1e3 * a:.1f} ms / {1e3 * b:.1f} ms")


def bench_product(name, module, batch, goal, budget):
    x, y = batch
    network = TorchNetwork(module)
    direction = network.parameters

    def product():
        return network.linearise(x).gauss_newton(direction)

    def gradient():
        loss = (module(x) - y).square().mean()
        return torch.autograd.grad(loss, list(module.parameters()))

    a, b = medians([product, gradient], x.device, budget)
    line(name, f"{a / b:.2f}", goal, f"{1e3 * a:.1f} ms / {1e3 * b:.1f} ms")


def bench_kernel(name, module, n_pool, n_labels, goal, budget, chunk=10_000):
    device = next(module.parameters()).device
    n_inputs = module[0].in_features
    network = TorchNetwork(module)
    pool = rows(n_pool, n_inputs, device)[0]
    labels = rows(n_labels, n_inputs, device, 1)[0]
    ones = dict.fromkeys(network.layout.names, 1.0)
    network.measure(pool)
    kernel = torch.empty(n_pool, n_labels, device=device)

    def whole():
        others = network.linearise(labels).features
        for start in range(0, n_pool, chunk):
            some = network.linearise(pool[start : start + chunk]).features
            part = some.kernel(others, ones)[:, 0, :, 0]
            kernel[start : start + chunk] = part

    (a,) = medians([whole], device, budget, warm=1)
    line(name, f"{a:.3f} s", goal)


def train(module, batches, seconds_at_most, weight_decay):
    """Train for some seconds, with a learning rate that falls to zero."""
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-4)
    penalised = [p for p in module.parameters() if p.ndim >= 2]
    device, start, step = batches[0][0].device, time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < seconds_at_most:
        optimizer.param_groups[0]["lr"] = 1e-4 * (1 - spent / seconds_at_most)
        x, y = batches[step % len(batches)]
        optimizer.zero_grad()
        loss = (module(x) - y).square().mean()
        loss.backward()
        with torch.no_grad():
            gradients = [p.grad for p in penalised]
            torch._foreach_add_(gradients, penalised, alpha=2 * weight_decay)
        optimizer.step()
        synchronize(device)
        step += 1
    first = network_of_rows(module, batches[0][0][:512])
    level = first.features.own_kernel(dict.fromkeys(first.network.layout.names, 1.0))
    note = f"mean squared error {float(loss.detach()):.2e} after {step} steps, "
    note += f"gradients of rows {float(level.mean().sqrt()):.1f}"
    line("training, seconds", f"{time.perf_counter() - start:.1f} s", note=note)


def network_of_rows(module, x):
    return TorchNetwork(module).linearise(x)


class TimeIsUp(Exception):
    pass


def bench_solve(name, module, n_rows, per_row, goal, budget, tol=1e-3):
    """Solve with alpha = `per_row` times the rows, a weight decay of `per_row`."""
    device = next(module.parameters()).device
    x, y = rows(n_rows, module[0].in_features, device)
    network = TorchNetwork(module)
    memory = 2**33 if device.type == "cuda" else 2**27
    start = time.perf_counter()
    training = TrainingRows(network, x, y, memory)
    diagonal = Diagonal(network.layout, per_row * n_rows, 0.1 * per_row * n_rows + 1e-3)
    preconditioner = make_preconditioner(training, diagonal)
    synchronize(device)
    prepared = time.perf_counter() - start
    raised = preconditioner.diagonal.on_penalised / diagonal.on_penalised
    rho = network.penalised_parameters[:, None]
    size, seen, inverse = torch.linalg.vector_norm(rho), [], preconditioner.solve

    def precondition(R):
        seen.append(float(torch.linalg.vector_norm(R) / size))
        if time.perf_counter() - start > budget:
            raise TimeIsUp
        return inverse(R)

    preconditioner.solve = precondition
    factor = IterativeFactor(GaussNewton(training, diagonal), tol, 1000, preconditioner)
    try:
        with all_digits():
            solution = factor.solve(rho)
        n_iter = int(solution.n_iter.max())
        found = f"residual {float(solution.residual.max()):.1e}"
        if not solution.converged:
            found += ", NOT converged"
    except TimeIsUp:
        n_iter, found = len(seen) - 1, "OUT OF TIME"
    some = [*seen[:: max(len(seen) // 6, 1)], seen[-1]]
    synchronize(device)
    spent = time.perf_counter() - start
    note = f"{n_iter} iterations, {prepared:.1f} s of it the preconditioner of "
    note += f"{preconditioner.row_size:,} rows, its diagonal {raised:.1f} times as "
    note += f"large, {found}; on the way {', '.join(f'{r:.0e}' for r in some)}"
    line(name, f"{spent:.1f} s", goal, note)
    return found.startswith("residual") and "NOT" not in found


def bench_curvlinops(name, module, batch, budget):
    from curvlinops import GGNLinearOperator

    parameters = list(module.parameters())
    try:
        operator = GGNLinearOperator(
            module, nn.MSELoss(reduction="sum"), parameters, [batch]
        )
    except TypeError:  # newer ones take named parameters
        operator = GGNLinearOperator(
            module,
            nn.MSELoss(reduction="sum"),
            dict(module.named_parameters()),
            [batch],
        )
    v = torch.cat([p.detach().reshape(-1) for p in parameters])
    network = TorchNetwork(module)
    ours, theirs = medians(
        [
            lambda: network.linearise(batch[0]).gauss_newton(v),
            lambda: operator @ v,
        ],
        batch[0].device,
        budget,
    )
    line(name, f"{ours / theirs:.2f}", "", f"{1e3 * ours:.1f} / {1e3 * theirs:.1f} ms")


def bench_laplace(name, module, batch, which):
    from laplace import Laplace
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(*batch), batch_size=1024)
    subset, structure = which
    model = Laplace(
        module, "regression", subset_of_weights=subset, hessian_structure=structure
    )
    with batch[0].device:  # laplace-torch 0.3 makes an identity where it is told
        spent = seconds(lambda: model.fit(loader), batch[0].device)
    line(name, f"{spent:.2f} s", "", f"fit to {len(batch[0]):,} rows")


def on_cpu(budget):
    torch.set_num_threads(1)
    device = torch.device("cpu")
    limit = 600
    for activation in (nn.ReLU, nn.Tanh):
        module = perceptron(20, 512, 3, device, activation)
        batch = rows(1024, 20, device)
        kind = f"3 x 512 {activation.__name__}, batch 1,024"
        attempt(
            f"carried / plain, {kind}",
            bench_step,
            module,
            batch,
            "2.60",
            budget,
            limit=limit,
        )
        attempt(
            f"the same by dual numbers, {activation.__name__}",
            bench_step,
            module,
            batch,
            "",
            budget,
            dual=True,
            limit=limit,
        )
        attempt(
            f"score / forward, {kind}",
            bench_score,
            module,
            batch[0],
            "2.50",
            budget,
            limit=limit,
        )
        attempt(
            f"product / gradient, {kind}",
            bench_product,
            module,
            batch,
            "",
            budget,
            limit=limit,
        )
    attempt("memory beyond Adam's / parameters", bench_memory, module, batch, limit=600)
    attempt(
        "kernel 10,000 x 1,000, 3 x 512",
        bench_kernel,
        module,
        10_000,
        1_000,
        "",
        budget,
        limit=limit,
    )
    attempt(
        "curvlinops: our product / theirs",
        bench_curvlinops,
        module,
        batch,
        budget,
        limit=limit,
    )


def on_gpu(budget, n_solve):
    device = torch.device("cuda")
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    module = perceptron(128, 4096, 6, device)
    n_params = sum(p.numel() for p in module.parameters())
    batch = rows(8192, 128, device)
    print(f"{n_params / 1e6:.1f} million parameters, batch 8,192, ReLU", flush=True)
    kinds = [("fp32", "highest", None), ("TF32", "high", None)]
    kinds.append(("TF32 + bf16 autocast", "high", torch.bfloat16))
    for kind, setting, autocast in kinds:
        torch.set_float32_matmul_precision(setting)
        attempt(
            f"carried / plain, {kind}",
            bench_step,
            module,
            batch,
            "2.20",
            budget,
            autocast,
            limit=70,
        )
        attempt(
            f"the same by dual numbers, {kind}",
            bench_step,
            module,
            batch,
            "",
            budget,
            autocast,
            dual=True,
            limit=70,
        )
        attempt(
            f"score / forward, {kind}",
            bench_score,
            module,
            batch[0],
            "2.20",
            budget,
            autocast,
            limit=75,
        )
    for kind, setting, _ in kinds[:2]:
        torch.set_float32_matmul_precision(setting)
        attempt(
            f"product / gradient, {kind}",
            bench_product,
            module,
            batch,
            "1.65",
            budget,
            limit=85,
        )
    for kind, setting, _ in kinds[1::-1]:
        torch.set_float32_matmul_precision(setting)
        attempt(
            f"kernel 100,000 x 4,000, {kind}",
            bench_kernel,
            module,
            100_000,
            4_000,
            "0.30 s",
            budget,
            limit=100,
        )
    torch.set_float32_matmul_precision("high")
    attempt(
        "curvlinops: our product / theirs",
        bench_curvlinops,
        module,
        batch,
        budget,
        limit=110,
    )
    for name, which in (
        ("last layer", ("last_layer", "full")),
        ("Kronecker", ("all", "kron")),
    ):
        attempt(
            f"laplace-torch: {name}",
            bench_laplace,
            module,
            batch,
            which,
            limit=115,
        )
    solve_on_gpu(module, n_solve)


def solve_on_gpu(module, n_solve):
    """Which alpha can be solved for: on some rows, then on all."""
    device = next(module.parameters()).device
    few, reached = n_solve // 10, None
    attempt(
        f"random weights, alpha 1e-3 a row, {few:,} rows",
        bench_solve,
        module,
        few,
        1e-3,
        "",
        10,
        limit=130,
    )
    batches = [rows(8192, module[0].in_features, device, seed) for seed in range(20)]
    train(module, batches, 8 if device.type == "cuda" else 2, 1e-4)
    for per_row in (1e-1, 1e-2, 1e-3, 1e-4):
        converged = attempt(
            f"trained, alpha {per_row:g} a row, {few:,} rows",
            bench_solve,
            module,
            few,
            per_row,
            "",
            14,
            limit=170,
        )
        if not converged:
            break
        reached = per_row
    attempt(
        f"solve to 1e-3, alpha {reached or 1e-1:g} a row, {n_solve:,} rows",
        bench_solve,
        module,
        n_solve,
        reached or 1e-1,
        "180 s",
        150,
        limit=200,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--budget", type=float, help="seconds for each measurement")
    parser.add_argument("--solve-rows", type=int, default=1_000_000)
    options = parser.parse_args()
    line("", "found", "goal")
    if options.gpu:
        on_gpu(options.budget or 1.5, options.solve_rows)
    else:
        on_cpu(options.budget or 4.0)
    print(f"{time.perf_counter() - START:.0f} s in all")
