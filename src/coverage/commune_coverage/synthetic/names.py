"""Invented place names, the same syllables in Latin and in Khmer script."""

from __future__ import annotations

import numpy as np

# Clusters that no place name is known to begin with, so that nobody takes a name for a real place's.
_HEADS = (
    ("Vr", "វ្រ"), ("Kv", "ក្វ"), ("Zl", "ស្ល"), ("Mv", "ម្វ"), ("Dv", "ដ្វ"),
    ("Tl", "ត្ល"), ("Gv", "គ្វ"), ("Pn", "ព្ន"), ("Bz", "ប្ស"), ("Xn", "ស្ន"),
)  # fmt: skip
_CONSONANTS = (
    ("k", "ក"), ("l", "ល"), ("m", "ម"), ("n", "ន"), ("r", "រ"),
    ("s", "ស"), ("t", "ត"), ("v", "វ"), ("b", "ប"), ("d", "ដ"),
)  # fmt: skip
# Three of the vowels are where 8-bit encodings disagree.
_VOWELS = (("a", "ា"), ("i", "ី"), ("u", "ូ"), ("é", "េ"), ("ô", "ោ"), ("ü", "ឹ"))
_PARTS = (_HEADS, _VOWELS, _CONSONANTS, _VOWELS, _CONSONANTS, _VOWELS)


def invented_names(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """``count`` distinct (Latin, Khmer) names of three syllables; at most 216,000."""
    sizes = tuple(len(part) for part in _PARTS)
    chosen = rng.choice(int(np.prod(sizes)), size=count, replace=False)
    digits = np.stack(np.unravel_index(chosen, sizes), axis=1)
    return [_spell(row) for row in digits.tolist()]


def _spell(choice: list[int]) -> tuple[str, str]:
    pairs = [part[index] for part, index in zip(_PARTS, choice, strict=True)]
    return "".join(latin for latin, _ in pairs), "".join(khmer for _, khmer in pairs)
