"""Turn texts into token ids: one small interface over two ways to get the same tokenizer."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from nlp.tasks.toward import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.encoder.names import Names
    from nlp.encoder.packed import Vocabulary
    from textquery.places import Span

MAX_TOKENS: Final = 128
NamedTokens: TypeAlias = tuple[tuple[int, ...], ...]
"""For each brand that a text names, the places of its names' tokens among the text's."""


class TextTokenizer:
    """A Unigram tokenizer with the begin and end marks of the encoder, cut at `MAX_TOKENS`.

    `normal_form` maps code points to their normal form before the tokenizer sees them; a
    tokenizer that brings its own normaliser needs none.
    """

    def __init__(self, tokenizer: Tokenizer, *, pad: int, normal_form: dict[int, str] | None = None) -> None:
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        self.backend = tokenizer
        self._normal_form = normal_form
        self.pad = pad

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of each text, begin and end marks included."""
        return [encoding.ids for encoding in self.backend.encode_batch_fast(list(map(self._normal, texts)))]

    def named(self, texts: Sequence[str], names: Sequence[Names]) -> tuple[list[list[int]], list[NamedTokens]]:
        """Return the ids of each text, and which of its tokens are the names that stand in it (`names`, of each)."""
        rows: list[list[int]] = [[]] * len(texts)
        found: list[NamedTokens] = [()] * len(texts)
        naming = [i for i, one in enumerate(names) if any(one)]
        others = [i for i, one in enumerate(names) if not any(one)]
        for i, ids in zip(others, self([texts[i] for i in others]), strict=True):
            rows[i] = ids
        # Only of these it is asked where each token stands: that takes longer.
        for i, encoding in zip(
            naming, self.backend.encode_batch([self._normal(texts[i]) for i in naming]), strict=True
        ):
            rows[i] = encoding.ids
            normal = [0, *accumulate(len(self._normal(character)) for character in texts[i])]
            found[i] = tuple(
                _touching(encoding.offsets, [(normal[start], normal[end]) for start, end in spans])
                for spans in names[i]
            )
        return rows, found

    def _normal(self, text: str) -> str:
        return text if self._normal_form is None else text.translate(self._normal_form)


def _touching(offsets: Sequence[Span], spans: Sequence[Span]) -> tuple[int, ...]:
    """Return the places of the tokens that lie in some spans, these in their order, or reach into them."""
    ends = [end for _, end in spans]
    places = []
    for place, (first, last) in enumerate(offsets):
        following = bisect_right(ends, first)
        if following < len(spans) and spans[following][0] < last:
            places.append(place)
    return tuple(places)


def unigram_tokenizer(vocabulary: Vocabulary) -> TextTokenizer:
    """Build the tokenizer from the vocabulary inside a packed model file."""
    tokenizer = Tokenizer(models.Unigram(vocabulary.pieces, vocabulary.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    begin, end = (vocabulary.pieces[i][0] for i in (vocabulary.begin, vocabulary.end))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        special_tokens=[(begin, vocabulary.begin), (end, vocabulary.end)],
    )
    return TextTokenizer(tokenizer, pad=vocabulary.pad, normal_form=vocabulary.normal_form)


def padded(
    rows: Sequence[Sequence[int]], pad: int, *, multiple: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and mask of shape (rows, width); the width is the longest row's, rounded up to a multiple."""
    width = -(-max(map(len, rows)) // multiple) * multiple
    ids = np.full((len(rows), width), pad, dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return ids, mask


def where_named(names: Sequence[NamedTokens], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return 1 where a token of a text belongs to a brand's name, (texts, `MOST`, tokens), for a mask's shape."""
    found = np.zeros((shape[0], MOST, shape[1]), dtype=np.float32)
    for i, brands in enumerate(names):
        for brand, places in enumerate(brands):
            found[i, brand, list(places)] = 1
    return found
