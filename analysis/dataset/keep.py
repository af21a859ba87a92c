"""Keep the results of slow functions between runs, by the content of their arguments and of their code."""
from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps

import numpy as np
import pandas as pd

from .code import code_digest
from .store import digest
from .trace import remember, rest_digest


PLAIN = {str, bytes, bool, int, float, type(None), type(pd.NA)}
"""Types whose ``repr`` tells all of a value."""


def content(value) -> str:
    """A digest of a frame, series, array, or of plain values, data classes and collections of them.

    Raises ``TypeError`` for anything else: what cannot be told apart cannot be kept."""
    if isinstance(value, pd.DataFrame):
        return digest("frame", repr(list(value.columns)), repr(list(value.dtypes)), *(content(value.iloc[:, i]) for i in range(value.shape[1])), content(value.index))
    if isinstance(value, (pd.Series, pd.Index)):
        return digest("series", str(value.name), content(value.tolist()))
    if isinstance(value, np.ndarray):
        return digest("array", str(value.dtype), repr(value.shape), np.ascontiguousarray(value).tobytes())
    if isinstance(value, dict):
        return digest("dict", *(c for k, v in value.items() for c in (content(k), content(v))))
    if isinstance(value, (list, tuple)):
        plain = all(type(v) in PLAIN for v in value)
        return digest("values", repr(list(value))) if plain else digest("sequence", *map(content, value))
    if isinstance(value, (set, frozenset)):
        return digest("set", *sorted(map(content, value)))
    if is_dataclass(value) and not isinstance(value, type):
        return digest(type(value).__qualname__, *(content(getattr(value, f.name)) for f in fields(value)))
    if value is None or value is pd.NA or isinstance(value, (str, bytes, bool, int, float, complex, np.generic)):
        return digest(type(value).__name__, repr(value))
    raise TypeError(f"the content of a {type(value).__name__} cannot be told: give frames, arrays or plain values")


def kept(fn: Callable) -> Callable:
    """Keeps a function's result in the store. Its key: the content of the arguments (frames, arrays, plain values), the source of the
    function's module with every module of the package that it imports, the content of the frames that it uses inside, and the
    files of data/ that are read without a frame.
    The result must be one that can be pickled."""
    @wraps(fn)
    def call(*args, **kwargs):
        key = digest(fn.__module__, fn.__qualname__, code_digest(fn.__module__), rest_digest(), content(args), content(dict(sorted(kwargs.items()))))
        return pickle.loads(remember("measure", key, lambda: pickle.dumps(fn(*args, **kwargs), protocol=5), fn.__qualname__))

    return call
