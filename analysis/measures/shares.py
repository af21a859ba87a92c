"""How far a share in a sample tells of the whole."""
from __future__ import annotations

from math import sqrt

Z = 1.959963984540054
"""The point beyond which a standard normal variable lies in one case of forty."""


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval, at 95 per cent, of the share of which ``hits`` were found in a random sample ``of`` so many; both ends from 0 to 1.

    Wilson's score interval (Wilson, E. B. 1927: Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22, 209-212). Raises ``ValueError`` for a sample of none, or more hits than its size."""
    if not 0 <= hits <= of or not of:
        raise ValueError(f"{hits} hits in a sample of {of}")
    share, z = hits / of, Z * Z
    middle, half = share + z / (2 * of), Z * sqrt(share * (1 - share) / of + z / (4 * of * of))
    return (middle - half) / (1 + z / of), (middle + half) / (1 + z / of)
