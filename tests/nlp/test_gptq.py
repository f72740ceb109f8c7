"""Rounding that makes its errors good: less is lost on the inputs that come."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from nlp.encoder.int8 import LEVELS, PAIR
from nlp.training.gptq import rounded_columns


def made(seed: int, *, rows: int = 24, columns: int = 150, hidden: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a matrix in units of its rounding, and inputs that a few hidden ones explain."""
    torch.manual_seed(seed)
    levels = torch.randn(rows, columns) * 30
    inputs = torch.randn(400, hidden) @ torch.randn(hidden, columns) + 0.1 * torch.randn(400, columns)
    return levels.clamp(-PAIR / 2, PAIR / 2), inputs


@given(seed=st.integers(0, 30))
def test_less_is_lost_than_by_rounding_to_the_nearest(seed: int):
    levels, inputs = made(seed)
    wanted = inputs @ levels.T
    ours = inputs @ rounded_columns(levels, inputs.T @ inputs).float().T
    nearest = inputs @ levels.round().T
    assert (ours - wanted).square().mean() < 0.5 * (nearest - wanted).square().mean()


def test_inputs_that_have_nothing_in_common_leave_rounding_to_the_nearest():
    levels, _ = made(0)
    assert torch.equal(rounded_columns(levels, torch.diag(torch.rand(150) + 0.5)), levels.round().to(torch.int8))


def test_a_channel_that_nothing_came_in_by_is_rounded_to_the_nearest():
    levels, inputs = made(1)
    inputs[:, 7] = 0
    rounded = rounded_columns(levels, inputs.T @ inputs)
    assert torch.equal(rounded[:, 7], levels[:, 7].round().to(torch.int8))


def test_what_is_made_good_stays_within_a_byte_and_two_neighbours_within_what_they_may_come_to():
    levels, inputs = made(2)
    size = rounded_columns(levels.sign() * LEVELS, inputs.T @ inputs).int().abs()
    assert size.max() <= LEVELS
    assert (size[:, 0::2] + size[:, 1::2]).max() <= PAIR
