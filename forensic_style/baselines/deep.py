"""PyTorch where it is installed: brought in when it is needed, seeded without touching what others draw, trained."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forensic_style.errors import ForensicStyleError, ParameterError

SLIGHT = 1e-3  # of the loss: a smaller gain does not count until more of them make one


def import_torch() -> Any:
    """The module torch.

    Raises
    ------
    ForensicStyleError
        where it is not installed: says what to install.
    """
    try:
        import torch
    except ImportError as error:
        message = "This method needs PyTorch, which is not installed. Run: pip install 'forensic_style[deep]'"
        raise ForensicStyleError(message) from error
    return torch


@contextmanager
def seeded(random_state: int) -> Iterator[None]:
    """Draw from a seed of one's own; what others draw afterwards is as if nothing had been drawn."""
    torch = import_torch()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        yield


@contextmanager
def on_one_thread() -> Iterator[None]:
    """One thread of PyTorch for a while: its sums do not depend on their number, and small products need no waiting."""
    torch = import_torch()
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Parameters
    ----------
    rate : of Adam
    decay : of the weights (AdamW's)
    batch : rows for each step
    most_epochs : rounds over all rows, at most
    patience : rounds without a gain on the rows held out, after which training ends
    random_state : seed of the order of the rows
    """

    rate: float = 1e-3
    decay: float = 1e-4
    batch: int = 64
    most_epochs: int = 500
    patience: int = 30
    random_state: int = 0

    def __post_init__(self) -> None:
        if not (self.rate > 0 and self.decay >= 0):
            raise ParameterError(f"The rate must be above 0 and the decay not below: {self.rate!r}, {self.decay!r}.")
        if min(self.batch, self.most_epochs, self.patience) < 1:
            raise ParameterError("batch, most_epochs and patience must be at least 1.")


def train_network(
    network: Any,
    measure_loss: Callable[[NDArray[np.intp]], Any],
    rows: NDArray[np.intp],
    held_out: NDArray[np.intp],
    training: Training,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float64]:
    """Train a network until the rows held out gain no more, and leave it with the weights that were best for them.

    Parameters
    ----------
    network : torch module, changed in place, left in the mode of evaluation
    measure_loss : numbers of rows -> mean loss as a tensor
    rows, held_out : numbers of the rows to learn from and to judge by; without any held out, those learnt from judge
    progress : called with epochs done and at most

    Returns
    -------
    float64 array, shape (n_epochs, 2), loss of the rows learnt from (mean over the steps) and of those held out.

    Source
    ------
    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019; Prechelt, "Early stopping - but when?",
    1998.
    """
    torch = import_torch()
    optimizer = torch.optim.AdamW(network.parameters(), lr=training.rate, weight_decay=training.decay)
    generator = np.random.default_rng(training.random_state)
    best, kept = np.inf, copy.deepcopy(network.state_dict())
    level, waited = np.inf, 0  # at the last gain that counted, and epochs since then
    history = []
    for epoch in range(training.most_epochs):
        learnt = _take_steps(network, measure_loss, generator.permutation(rows), training.batch, optimizer)
        judged = _judge(network, measure_loss, held_out, training.batch) if len(held_out) else learnt
        history.append((learnt, judged))
        level, waited = (judged, 0) if judged < level * (1 - SLIGHT) else (level, waited + 1)
        if judged < best:
            best, kept = judged, copy.deepcopy(network.state_dict())
        if progress is not None:
            progress(epoch + 1, training.most_epochs)
        if waited >= training.patience:
            break
    network.load_state_dict(kept)
    network.eval()
    return np.array(history)


def _take_steps(
    network: Any, measure_loss: Callable[[NDArray[np.intp]], Any], rows: NDArray[np.intp], batch: int, optimizer: Any
) -> float:
    network.train()
    total = 0.0
    for chosen in _split(rows, batch):
        optimizer.zero_grad()
        loss = measure_loss(chosen)
        loss.backward()
        optimizer.step()
        total += float(loss.detach()) * len(chosen)
    return total / len(rows)


def _judge(network: Any, measure_loss: Callable[[NDArray[np.intp]], Any], rows: NDArray[np.intp], batch: int) -> float:
    network.eval()
    with import_torch().no_grad():
        return sum(float(measure_loss(chosen)) * len(chosen) for chosen in _split(rows, batch)) / len(rows)


def _split(rows: NDArray[np.intp], batch: int) -> list[NDArray[np.intp]]:
    """Batches of nearly the same size: a last one of a single row would upset the normalization of batches."""
    return np.array_split(rows, max(1, round(len(rows) / batch)))


def describe_training(history: NDArray[np.float64]) -> str:
    """A sentence on how training went.

    >>> describe_training(np.array([[1.0, 1.1], [0.5, 0.7], [0.4, 0.8]]))
    'Trained for 3 epochs; best after 2, with a loss of 0.7 on what was held out.'
    """
    best = int(history[:, 1].argmin())
    loss = f"{history[best, 1]:.3g}"
    return f"Trained for {len(history)} epochs; best after {best + 1}, with a loss of {loss} on what was held out."


def hold_out(groups: NDArray[np.intp], share: float, random_state: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Numbers of the rows to learn from, and of those held out: all rows of some groups, drawn.

    Parameters
    ----------
    groups : integer array, shape (n_rows,); rows of one group stay together
    share : of the groups held out, 0..1 exclusive; none where that is less than one group
    random_state : seed
    """
    names = np.unique(groups)
    chosen = np.random.default_rng(random_state).permutation(names)[: int(share * len(names))]
    out = np.isin(groups, chosen)
    return np.flatnonzero(~out), np.flatnonzero(out)
