"""Trains the poster CNN on MNIST with PyTorch, driven by one JSON line at a time: start, run, loss, evaluate. Answers carry seconds by component."""
import json
import sys
import time

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from torch_step import Net, tensor

TEST_BATCH = 500


def read(path, shape):
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).reshape(shape)


class Digits(Dataset):
    """Training images one by one, decoded when asked for, as training scripts do."""

    def __init__(self, images, labels):
        self.images, self.labels = images, labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index].float() / 255, self.labels[index]


class Run:
    def __init__(self, request):
        self.device = torch.device(request["device"])
        if self.device.type == "cuda" and not torch.cuda.is_available():
            raise RuntimeError(f"torch {torch.__version__} sees no CUDA device")
        self.seconds = {"compile": 0.0, "load": 0.0, "upload": 0.0, "train": 0.0, "evaluate": 0.0}
        count, tests, side = request["count"], request["tests"], request["side"]
        self.test_x = (read(request["testImages"], [tests, 1, side, side]).float() / 255).to(self.device)
        self.test_y = read(request["testLabels"], [tests]).long().to(self.device)
        order = tensor(request["order"], [request["steps"], request["batch"]], "cpu", torch.int32).long()
        start = time.perf_counter()
        images, labels = read(request["images"], [count, 1, side, side]), read(request["labels"], [count]).long()
        self.seconds["load"] += time.perf_counter() - start
        start = time.perf_counter()
        self.net = Net(request["classes"]).to(self.device)
        self.net.load_state_dict({w["name"]: tensor(w["data"], w["shape"], self.device) for w in request["weights"]})
        self.optimizer = torch.optim.Adam(
            self.net.parameters(), lr=request["lr"], betas=(request["beta1"], request["beta2"]), eps=request["eps"]
        )
        self.seconds["compile"] += time.perf_counter() - start
        if request["loader"]:
            self.batches = iter(DataLoader(Digits(images, labels), batch_sampler=order.tolist(), num_workers=0))
        else:
            start = time.perf_counter()
            images, labels, order = images.to(self.device), labels.to(self.device), order.to(self.device)
            self.wait()
            self.seconds["upload"] += time.perf_counter() - start
            self.batches = ((images[rows].float() / 255, labels[rows]) for rows in order)
        self.loss = None

    def wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def run(self, steps):
        began = time.perf_counter()
        other = 0.0
        for _ in range(steps):
            start = time.perf_counter()
            x, labels = next(self.batches)
            loaded = time.perf_counter()
            x, labels = x.to(self.device), labels.to(self.device)
            uploaded = time.perf_counter()
            self.seconds["load"] += loaded - start
            self.seconds["upload"] += uploaded - loaded
            other += uploaded - start
            self.optimizer.zero_grad(set_to_none=True)
            self.loss = F.cross_entropy(self.net(x), labels)
            self.loss.backward()
            self.optimizer.step()
        self.wait()
        self.seconds["train"] += time.perf_counter() - began - other

    def evaluate(self):
        start = time.perf_counter()
        right = 0
        with torch.no_grad():
            for i in range(0, len(self.test_y), TEST_BATCH):
                logits = self.net(self.test_x[i : i + TEST_BATCH])
                right += (logits.argmax(1) == self.test_y[i : i + TEST_BATCH]).sum().item()
        self.seconds["evaluate"] += time.perf_counter() - start
        return right / len(self.test_y)


def main():
    # Answers alone go to stdout: a library may print.
    answers, sys.stdout = sys.stdout, sys.stderr
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            command = request["command"]
            if command == "start":
                run = Run(request)
                answer = {}
            elif command == "run":
                run.run(request["steps"])
                answer = {}
            elif command == "evaluate":
                answer = {"accuracy": run.evaluate()}
            else:
                answer = {"loss": run.loss.item()}
            answer["seconds"] = run.seconds
        except Exception as error:  # Whatever PyTorch raises is this engine's result, not the end of the run.
            first = (str(error).strip() or "no message").splitlines()[0]
            answer = {"error": f"{type(error).__name__}: {first}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
