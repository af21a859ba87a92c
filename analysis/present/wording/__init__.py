"""Labels of charts, tables and site furniture, one file a language."""
from functools import lru_cache
from pathlib import Path

import yaml


@lru_cache
def wording(language: str = "en") -> dict:
    """The wording file of a language."""
    return yaml.safe_load((Path(__file__).parent / f"{language}.yaml").read_text(encoding="utf-8"))
