"""Learn what the signs about a mention say of whether the operator is meant (`textquery.mentions`).

Fitted on mentions that were written for it; those that are held out are measured with and nothing else.

    python -m nlp.training.mentions
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textquery import mentions
from textquery.mentions import Mention, MentionModel, MentionReader, signs

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES: Final = Path(__file__).parent / "examples" / "mentions.jsonl"
STRENGTH: Final = 0.3
"""The inverse of how much weights are drawn to zero (scikit-learn's C); found by five-fold cross-validation."""
FEWEST: Final = 2
"""Mentions in which a sign must be seen."""


@dataclass(frozen=True)
class MentionRow:
    """A text with the ambiguous name in it, and whether it means the operator."""

    name: str
    text: str
    named: bool
    held_out: bool
    elsewhere: bool = False
    """Whether the text is about nothing of telecoms."""

    @property
    def mentions(self) -> list[Mention]:
        """Where the name stands in the text."""
        return list(MentionReader({self.name: [self.name]}).mentions(self.text))


def mention_rows() -> list[MentionRow]:
    """Return all rows, in the order of the file."""
    return [MentionRow(**json.loads(line)) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]


def fitted(rows: Sequence[MentionRow]) -> MentionModel:
    """Return the weights with the lowest regularised log loss on the mentions of rows."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    seen = [(signs(mention), row.named) for row in rows if not row.elsewhere for mention in row.mentions]
    counts = Counter(sign for some, _ in seen for sign in some)
    vectorizer = DictVectorizer(sparse=False)
    table = vectorizer.fit_transform([{sign: 1.0 for sign in some if counts[sign] >= FEWEST} for some, _ in seen])
    model = LogisticRegression(C=STRENGTH, max_iter=1_000).fit(table, [named for _, named in seen])
    pairs = zip(vectorizer.feature_names_, model.coef_[0].tolist(), strict=True)
    return MentionModel({sign: round(weight, 3) for sign, weight in pairs}, round(float(model.intercept_[0]), 3))


def main() -> None:
    """Write the weights beside the code that reads them."""
    model = fitted([row for row in mention_rows() if not row.held_out])
    path = Path(mentions.__file__).with_name(mentions.WEIGHTS)
    text = json.dumps({"bias": model.bias, "weights": dict(model.weights)}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
