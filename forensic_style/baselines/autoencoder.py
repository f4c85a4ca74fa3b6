"""ConditionalAutoencoder: a decoder that is told the content, so that the code is left with the style."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from forensic_style.baselines.deep import Training, hold_out, import_torch, on_one_thread, seeded, train_network
from forensic_style.baselines.layers import (
    SMALLEST_PATCH,
    STRIDE,
    build_patch_decoder,
    build_patch_encoder,
    stack_layers,
)
from forensic_style.baselines.rows import encode_contents
from forensic_style.clusters.partition import is_whole
from forensic_style.errors import ParameterError

KINDS = ("rows", "patches")
ROWS_AT_ONCE = 1024


class ConditionalAutoencoder(TransformerMixin, BaseEstimator):
    """Encode rows or patches such that a decoder that is told the content can restore them.

    What the decoder is told need not be in the code. But nothing keeps it out either: only a code that is short, and
    costs something (`penalty` on its squares), is better spent on what the decoder does not know. The encoder is not
    told the content, so that images whose content is unknown can be encoded too. What is measured of the content in
    the code: :func:`forensic_style.baselines.predictability.measure_content_predictability`.

    Noise cannot be restored from a short code: of high-pass patches it restores little, and finds little in them.

    Needs PyTorch, on the processor alone, one thread of it. The same seed gives the same code, on the same machine with
    any number of threads; random numbers of others, and the number of threads afterwards, are left as they are.

    Parameters
    ----------
    code : int
        Length of the code.
    hidden : tuple of int
        Units of the encoder's hidden layers, the decoder's in reverse; () for a linear one, which without a penalty
        restores as well as :class:`forensic_style.baselines.linear.LinearConditionalAutoencoder`, in the same
        directions. Patches go through convolutions instead.
    conditional : bool
        Whether the decoder is told the content.
    penalty : float
        On the mean square of the code, against the mean squared error of rows of variance 1.
    kind : "rows" or "patches"
    held_out : float
        Share of the groups whose reconstruction tells when to stop.
    training : Training or None
        Rate, batch and patience; None for those of :class:`forensic_style.baselines.deep.Training`.
    random_state : int
        Seed of weights, of the order of the rows and of those held out.

    Attributes
    ----------
    contents_ : array of str, shape (n_contents,), the labels that the decoder knows
    shares_ : float64 array, shape (n_contents,), how frequent each is: what the decoder is told where it is unknown
    mean_, scale_ : taken off the rows, and what they are divided by: one number, so that wide columns stay wide
    encoder_, decoder_ : torch modules
    history_ : float64 array, shape (n_epochs, 2), loss of the rows learnt from and of those held out

    Source
    ------
    Sohn, Lee and Yan, "Learning structured output representation using deep conditional generative models", NIPS 2015
    (a decoder with a condition); Ghosh et al., "From variational to deterministic autoencoders", ICLR 2020, equation 11
    (the squares of the code as its price, in place of a variational bound). Differs from the first: the encoder does
    not see the condition.
    """

    def __init__(
        self,
        code: int = 8,
        *,
        hidden: tuple[int, ...] = (128,),
        conditional: bool = True,
        penalty: float = 0.2,
        kind: str = "rows",
        held_out: float = 0.15,
        training: Training | None = None,
        random_state: int = 0,
    ) -> None:
        self.code = code
        self.hidden = hidden
        self.conditional = conditional
        self.penalty = penalty
        self.kind = kind
        self.held_out = held_out
        self.training = training
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,
        *,
        content: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Self:
        """Train until the rows held out are restored no better.

        Parameters
        ----------
        X : array, shape (n_rows, n_columns); of patches shape (n_patches, side, side), a multiple of 8, at least 16
        content : labels, shape (n_rows,), None or "" where unknown; None for no labels, which is unconditional
        groups : image of each row, shape (n_rows,), held out as a whole; None where each is its own
        progress : called with epochs done and at most

        Raises
        ------
        ParameterError, ForensicStyleError
            for wrong arguments; without PyTorch.
        """
        self._check()
        torch = import_torch()
        rows = self._read(X, reset=True)
        self.contents_, codes = encode_contents(content if self.conditional else None, len(rows))
        counts = np.bincount(codes[codes >= 0], minlength=len(self.contents_))
        self.shares_ = counts / max(1, counts.sum())
        self.mean_ = rows.mean(axis=0) if self.kind == "rows" else np.zeros(1)
        self.scale_ = float(np.sqrt(((rows - self.mean_) ** 2).mean())) or 1.0
        with seeded(self.random_state):
            self._build(rows.shape[1:])
        places = np.arange(len(rows)) if groups is None else np.asarray(groups)
        if places.shape != (len(rows),):
            raise ParameterError(f"There are {len(rows)} rows and {places.size} groups. Give one group per row.")
        with on_one_thread():
            self.history_ = train_network(
                torch.nn.ModuleList([self.encoder_, self.decoder_]),
                self._prepare_loss(rows, codes),
                *hold_out(places, self.held_out, self.random_state),
                self.training or Training(random_state=self.random_state),
                progress=progress,
            )
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Encode rows or patches: float64 array, shape (n_rows, code)."""
        check_is_fitted(self)
        torch = import_torch()
        rows = self._read(X, reset=False)
        parts = []
        with torch.no_grad(), on_one_thread():
            for start in range(0, len(rows), ROWS_AT_ONCE):
                parts.append(self.encoder_(self._scale(rows[start : start + ROWS_AT_ONCE])).numpy())
        return np.concatenate(parts).astype(np.float64)

    def inverse_transform(self, code: ArrayLike, *, content: ArrayLike | None = None) -> NDArray[np.float64]:
        """Decode, given the content: float64 array of the shape of the rows; unknown is the usual mix."""
        check_is_fitted(self)
        torch = import_torch()
        z = np.asarray(code, dtype=np.float32)
        codes = encode_contents(content, len(z), contents=self.contents_)[1]
        with torch.no_grad(), on_one_thread():
            restored = self.decoder_(torch.cat([torch.from_numpy(z), self._tell(codes)], 1)).numpy()
        found: NDArray[np.float64] = restored.astype(np.float64) * self.scale_ + self.mean_
        return found

    def _build(self, shape: tuple[int, ...]) -> None:
        n_told = self.code + len(self.contents_)
        if self.kind == "rows":
            self.encoder_ = stack_layers([*shape, *self.hidden, self.code])
            self.decoder_ = stack_layers([n_told, *self.hidden[::-1], *shape])
        else:
            self.encoder_ = build_patch_encoder(self.code)
            self.decoder_ = build_patch_decoder(n_told, shape[0])

    def _prepare_loss(self, rows: NDArray[np.float64], codes: NDArray[np.intp]) -> Callable[[NDArray[np.intp]], Any]:
        torch = import_torch()
        values, told = self._scale(rows), self._tell(codes)

        def measure_loss(chosen: NDArray[np.intp]) -> Any:
            code = self.encoder_(values[chosen])
            restored = self.decoder_(torch.cat([code, told[chosen]], 1))
            return ((restored - values[chosen]) ** 2).mean() + self.penalty * (code**2).mean()

        return measure_loss

    def _scale(self, rows: NDArray[np.float64]) -> Any:
        return import_torch().from_numpy(((rows - self.mean_) / self.scale_).astype(np.float32))

    def _tell(self, codes: NDArray[np.intp]) -> Any:
        """What the decoder is told, shape (n_rows, n_contents)."""
        told = np.vstack([np.eye(len(self.contents_)), self.shares_])  # -1 is the last: unknown
        return import_torch().from_numpy(told[codes].astype(np.float32))

    def _read(self, X: ArrayLike, *, reset: bool) -> NDArray[np.float64]:
        if self.kind == "rows":
            rows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=reset)
            return rows
        patches = np.asarray(X, dtype=np.float32)
        sides = set(patches.shape[1:])
        if patches.ndim != 3 or len(sides) != 1 or min(sides) % STRIDE or min(sides) < SMALLEST_PATCH:
            raise ParameterError(
                f"Patches have the shape (n, side, side) with a side that is a multiple of {STRIDE}, at least "
                f"{SMALLEST_PATCH}. Got {patches.shape}."
            )
        return patches  # type: ignore[return-value]  # half the memory

    def _check(self) -> None:
        if self.kind not in KINDS:
            raise ParameterError(f"The kind must be one of {', '.join(KINDS)}. Got {self.kind!r} instead.")
        if not (is_whole(self.code) and self.code >= 1 and all(is_whole(u) and u >= 1 for u in self.hidden)):
            raise ParameterError(
                f"The code and every hidden layer need at least one unit. Got {self.code!r} and {self.hidden!r}."
            )
        if not (self.penalty >= 0 and 0 <= self.held_out < 1):
            raise ParameterError(
                "The penalty must not be below 0 and the share held out in 0..1, 1 excluded. "
                f"Got {self.penalty!r} and {self.held_out!r}."
            )
