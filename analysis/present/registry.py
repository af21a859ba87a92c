"""All figures and tables by name, put together from the modules that make them."""
from __future__ import annotations

from . import (coherence_figures, coherence_tables, corridor_figures, corridor_tables, figures, linkage_figures, linkage_tables, membership_figures,
               membership_tables, tables, taxonomy_figures, taxonomy_tables, trend_figures, trend_tables)

FIGURES = {**figures.FIGURES, **corridor_figures.FIGURES, **coherence_figures.FIGURES, **linkage_figures.FIGURES,
           **taxonomy_figures.FIGURES, **trend_figures.FIGURES, **membership_figures.FIGURES}
TABLES = {**tables.TABLES, **corridor_tables.TABLES, **coherence_tables.TABLES, **linkage_tables.TABLES,
          **taxonomy_tables.TABLES, **trend_tables.TABLES, **membership_tables.TABLES}
