"""Rounding a matrix so that its products change least: what rounding one column costs, later columns make good.

GPTQ (Frantar et al. 2023), with the order of columns as it is: at eight bits another one gains nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from nlp.encoder.int8 import LEVELS, PAIR

_BLOCK: Final = 128
"""Columns that are settled before the ones after them hear of it: one large product instead of many small ones."""
_DAMPING: Final = 0.01
"""Added to the diagonal, as a share of its mean: inputs that nearly repeat each other can still be told apart."""


def rounded_columns(levels: torch.Tensor, moments: torch.Tensor) -> torch.Tensor:
    """Round a matrix in units of its rows' scales, shape (out, in), to int8.

    Two neighbours come to no more than `PAIR`.
    `moments` are the sums of the products of the inputs' channels, (in, in): what is made good is the
    squared error of the matrix's products with such inputs. Where none ever came in, they are rounded to the nearest.
    """
    diagonal = torch.diagonal(moments.double())
    damped = moments.double() + torch.diag(torch.where(diagonal > 0, _DAMPING * diagonal.mean(), 1.0))
    # The upper Cholesky factor of the moments' inverse: row i says how i's error is shared out.
    factor = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(damped)), upper=True)
    # In numpy: torch's threads would wait for each other at every column, for seconds where others are busy too.
    left, spread = levels.double().clone().numpy(), factor.numpy()
    rounded = np.zeros(left.shape, np.int8)
    for start in range(0, left.shape[1], _BLOCK):
        end = min(start + _BLOCK, left.shape[1])
        errors = np.zeros_like(left[:, start:end])
        for column in range(start, end):
            # Of two neighbours the second has what the first leaves of what fits into 16 bits.
            room = np.minimum(LEVELS, PAIR - np.abs(rounded[:, column - 1].astype(int))) if column % 2 else LEVELS
            settled = left[:, column].round().clip(-room, room)
            rounded[:, column] = settled.astype(np.int8)
            errors[:, column - start] = (left[:, column] - settled) / spread[column, column]
            left[:, column + 1 : end] -= np.outer(errors[:, column - start], spread[column, column + 1 : end])
        left[:, end:] -= errors @ spread[start:end, end:]
    return torch.from_numpy(rounded)
