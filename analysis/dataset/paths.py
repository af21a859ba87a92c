"""Where the project lies: the folder that holds ``_quarto.yml`` and ``data/``."""
from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path


@lru_cache
def root() -> Path:
    """Project root: ``ISCM_ROOT`` if set, else the nearest folder above the working
    directory with ``_quarto.yml`` and ``data/``, else the source tree of the package."""
    if os.environ.get("ISCM_ROOT"):
        return Path(os.environ["ISCM_ROOT"]).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if (folder / "_quarto.yml").exists() and (folder / "data").is_dir():
            return folder
    raise FileNotFoundError("no project here: a folder with _quarto.yml and data/ is needed (or set ISCM_ROOT)")
