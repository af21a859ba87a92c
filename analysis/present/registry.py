"""All figures and tables by name, put together from the modules that make them."""
from __future__ import annotations

from . import coherence_figures, coherence_tables, corridor_figures, corridor_tables, figures, linkage_figures, linkage_tables, tables

FIGURES = {**figures.FIGURES, **corridor_figures.FIGURES, **coherence_figures.FIGURES, **linkage_figures.FIGURES}
TABLES = {**tables.TABLES, **corridor_tables.TABLES, **coherence_tables.TABLES, **linkage_tables.TABLES}
