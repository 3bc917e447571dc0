"""Trains the poster CNN with PyTorch, driven by one JSON line at a time: start, run, loss, result. An answer with `error` says what went wrong."""
import base64
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

torch.set_num_threads(2)
# Every engine computes in f32: TensorFloat-32 keeps ten bits of each factor.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
# Shapes never change, so cuDNN may measure its algorithms once.
torch.backends.cudnn.benchmark = True

# Steps on a side stream before a capture, so that cuDNN and cuBLAS have chosen and allocated what they need.
CAPTURE_WARM_UP = 5


def tensor(text, shape, device, dtype=torch.float32):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=dtype).reshape(shape).to(device, copy=True)


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc1 = nn.Linear(784, 64)
        self.fc2 = nn.Linear(64, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Repeated(Dataset):
    """The fixed batch over and over, sample by sample."""

    def __init__(self, x, labels):
        self.x, self.labels = x, labels

    def __len__(self):
        return 10_000 * len(self.x)

    def __getitem__(self, index):
        return self.x[index % len(self.x)], self.labels[index % len(self.x)]


def adam(parameters, request, **options):
    """torch.optim.Adam; on CUDA as one kernel for all parameters where this PyTorch has that."""
    betas = (request["beta1"], request["beta2"])
    options.update(lr=request["lr"], betas=betas, eps=request["eps"])
    if request["device"] == "cuda":
        try:
            return torch.optim.Adam(parameters, fused=True, **options)
        except (TypeError, RuntimeError, ValueError):
            pass
    return torch.optim.Adam(parameters, **options)


class Trainer:
    """Eager PyTorch. Model, batch and optimizer live on the device; with a loader the batch is collated on the host."""

    def __init__(self, request):
        self.device = torch.device(request["device"])
        weights = {w["name"]: tensor(w["data"], w["shape"], self.device) for w in request["weights"]}
        self.net = Net(request["classes"]).to(self.device)
        self.net.load_state_dict(weights)
        self.weights = weights
        self.optimizer = self.make_optimizer(request)
        self.batch, self.side, self.classes = request["batch"], request["side"], request["classes"]
        self.x = tensor(request["x"]["data"], request["x"]["shape"], self.device)
        self.labels = tensor(request["labels"], [self.batch], self.device, torch.int32).long()
        self.workload = request["workload"]
        self.binary = self.workload in ("step+binary", "batch")
        self.batches = self.load() if request["loader"] else None
        self.forward_loss = lambda x, labels: F.cross_entropy(self.net(x), labels)
        torch.manual_seed(request["seed"])
        self.loss = None
        self.prepare()

    def make_optimizer(self, request):
        return adam(self.net.parameters(), request)

    def prepare(self):
        pass

    def load(self):
        # The samples lie in the host's memory, as files leave them; on a card each collated batch is pinned and sent without waiting.
        pin = self.device.type == "cuda"
        samples = Repeated(self.x.cpu(), self.labels.cpu())
        while True:
            for x, labels in DataLoader(samples, batch_size=self.batch, num_workers=0, pin_memory=pin):
                yield x.to(self.device, non_blocking=pin), labels.to(self.device, non_blocking=pin)

    def next(self):
        if self.batches:
            return next(self.batches)
        if not self.binary:
            return self.x, self.labels
        x = torch.empty(self.batch, 1, self.side, self.side, device=self.device).bernoulli_(0.5)
        return x, x.sum((1, 2, 3)).long() % self.classes

    def step(self):
        x, labels = self.next()
        if self.workload == "batch":
            self.result = x
            return
        if self.workload == "forward":
            with torch.no_grad():
                self.result = self.net(x)
            return
        self.optimizer.zero_grad(set_to_none=True)
        self.loss = self.forward_loss(x, labels)
        self.loss.backward()
        self.optimizer.step()

    def run(self, steps):
        """Queues the steps, waits once, and returns the seconds that both took."""
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start


class Compiled(Trainer):
    """Forward, loss and, through AOTAutograd, backward compiled by torch.compile; Adam and the batch stay as they are."""

    def prepare(self):
        if not hasattr(torch, "compile"):
            raise RuntimeError(f"torch.compile is missing in torch {torch.__version__}; 2.0 or newer has it")
        self.forward_loss = torch.compile(self.forward_loss)


class Graphed(Trainer):
    """The whole eager step, its random batch included, captured once as a CUDA graph and replayed."""

    def make_optimizer(self, request):
        if self.device.type != "cuda":
            raise RuntimeError(f"CUDA graphs need a CUDA device, got {self.device.type}")
        return adam(self.net.parameters(), request, capturable=True)

    def prepare(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(CAPTURE_WARM_UP):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        # Back to the start, in the same tensors: the graph holds their addresses.
        self.net.load_state_dict(self.weights)
        for state in self.optimizer.state.values():
            for value in state.values():
                value.zero_()
        # Gradients that are absent at the capture are made in the graph's own memory and overwritten by each replay.
        self.optimizer.zero_grad(set_to_none=True)
        self.loss = None
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            super().step()

    def step(self):
        if hasattr(self, "graph"):
            self.graph.replay()
        else:
            super().step()


MODES = {"eager": Trainer, "compile": Compiled, "graphs": Graphed}
trainers = []


def answer_to(request):
    if request["command"] == "start":
        trainers.append(MODES[request["mode"]](request))
        return {"id": len(trainers) - 1}
    trainer = trainers[request["id"]]
    if request["command"] == "run":
        return {"seconds": trainer.run(request["steps"])}
    if request["command"] == "result":
        return {"result": trainer.result.flatten().tolist()}
    return {"loss": trainer.loss.item()}


def main():
    # Answers alone go to stdout: a compiler may print.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            answer = answer_to(json.loads(line))
        except Exception as error:  # Whatever PyTorch raises is this engine's result, not the end of the run.
            first = (str(error).strip() or "no message").splitlines()[0]
            answer = {"error": f"{type(error).__name__}: {first}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
