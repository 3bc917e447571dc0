"""Trains the poster CNN with PyTorch on the CPU, driven by one JSON line at a time: start, run, loss."""
import base64
import json
import sys

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

torch.set_num_threads(2)


def tensor(text, shape, dtype=torch.float32):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=dtype).reshape(shape).clone()


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


class Trainer:
    def __init__(self, request):
        self.net = Net(request["classes"])
        self.net.load_state_dict({w["name"]: tensor(w["data"], w["shape"]) for w in request["weights"]})
        betas = (request["beta1"], request["beta2"])
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=request["lr"], betas=betas, eps=request["eps"])
        self.batch, self.side, self.classes = request["batch"], request["side"], request["classes"]
        self.x = tensor(request["x"]["data"], request["x"]["shape"])
        self.labels = tensor(request["labels"], [self.batch], torch.int32).long()
        self.binary = request["workload"] == "step+binary"
        self.batches = self.load() if request["loader"] else None
        torch.manual_seed(request["seed"])
        self.loss = None

    def load(self):
        while True:
            yield from DataLoader(Repeated(self.x, self.labels), batch_size=self.batch, num_workers=0)

    def next(self):
        if self.batches:
            return next(self.batches)
        if not self.binary:
            return self.x, self.labels
        x = torch.empty(self.batch, 1, self.side, self.side).bernoulli_(0.5)
        return x, x.sum((1, 2, 3)).long() % self.classes

    def step(self):
        x, labels = self.next()
        self.optimizer.zero_grad(set_to_none=True)
        self.loss = F.cross_entropy(self.net(x), labels)
        self.loss.backward()
        self.optimizer.step()


trainers = []
for line in sys.stdin:
    request = json.loads(line)
    answer = {}
    if request["command"] == "start":
        answer["id"] = len(trainers)
        trainers.append(Trainer(request))
    elif request["command"] == "run":
        for _ in range(request["steps"]):
            trainers[request["id"]].step()
    else:
        answer["loss"] = trainers[request["id"]].loss.item()
    print(json.dumps(answer), flush=True)
