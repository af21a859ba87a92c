"""All figures and tables by name, put together from the modules that make them."""
from __future__ import annotations

from . import figures, tables

FIGURES = {**figures.FIGURES}
TABLES = {**tables.TABLES}
