"""What holds the project together: one way through the code, a lock without addresses, a README that tells the truth."""
from __future__ import annotations

import ast
import re
import tomllib

import altair as alt
import pytest

from analysis.dataset import models
from analysis.dataset.store import Store
from analysis.present import draw
from analysis.present.registry import FIGURES
from analysis.present.wording import wording
from conftest import ROOT, iscm

LAYERS = ["dataset", "measures", "findings", "present", "render", "diff", "release", "cli"]


def layer(path) -> str:
    """The layer of a file; ``findings_<topic>.py`` belongs to the findings."""
    return path.relative_to(ROOT / "analysis").parts[0].removesuffix(".py").split("_")[0]


def imports(path):
    """Modules of the package that a file imports, as layers."""
    package = ["analysis", *path.relative_to(ROOT / "analysis").parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            full = [*base, *(node.module or "").split(".")] if node.module else base
            for name in node.names:
                whole = [*full, name.name]
                if whole[0] == "analysis" and len(whole) > 1:
                    yield whole[1].split("_")[0]
        elif isinstance(node, ast.Import):
            for name in node.names:
                if name.name.startswith("analysis."):
                    yield name.name.split(".")[1].split("_")[0]


@pytest.mark.parametrize("path", sorted((ROOT / "analysis").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path):
    if path.parent == ROOT / "analysis" and path.name == "__init__.py":
        return
    own = layer(path)
    assert own in LAYERS, f"{own} has no place in the order of layers"
    for other in imports(path):
        if other in LAYERS:
            assert LAYERS.index(other) <= LAYERS.index(own), f"{own} imports {other}"


def test_the_wording_covers_the_vocabularies():
    w = wording()
    for field, annotation in (("levels", models.Level), ("themes", models.Theme)):
        assert set(w[field]) == set(annotation.__args__)
    for model, field, key in ((models.Secretariat, "kind", "secretariats"), (models.Anchoring, "nature", "anchoring"), (models.Linkage, "kind", "linkages")):
        assert set(w[key]) == set(model.model_fields[field].annotation.__args__)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_its_finding_its_measure_and_its_source(name):
    f = FIGURES[name]()
    title = f.spec["title"]
    assert len(title["text"]) > 20 and len("".join(title["subtitle"])) > 20
    assert "Source:" in str(f.spec)
    assert len(f.data) > 0
    alt.Chart.from_dict(f.spec)  # raises where the specification is not Vega-Lite's


def test_a_drawing_does_not_depend_on_what_was_drawn_before(tmp_path, monkeypatch):
    spec = FIGURES["corridor_regions"]().spec  # its key is a gradient, which the library numbers
    drawn = []
    for folder in ("first", "second"):
        monkeypatch.setattr(draw, "store", lambda: Store(tmp_path / folder))
        drawn.append(draw.svg(spec, folder))
    assert drawn[0] == drawn[1] and drawn[0].count("url(#d") == 1 and "gradient_" not in drawn[0]


def test_the_lock_has_hashes_and_no_addresses():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "http" not in lock and "--index" not in lock
    for block in re.split(r"\n(?=\S)", lock):
        if block and not block.startswith(("#", " ")):
            assert "--hash=sha256:" in block, block.splitlines()[0]


def test_dependencies_are_locked_and_explained():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").lower().replace("_", "-")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower().replace("_", "-")
    for spec in [*project["dependencies"], *(d for g in project["optional-dependencies"].values() for d in g)]:
        name = re.split(r"[\[<>=]", spec)[0].lower().replace("_", "-")
        assert re.search(rf"^{re.escape(name)}(\[.*\])?==", lock, re.M), name
        assert f"`{name}`" in readme, f"README does not say why {name} is needed"


def test_the_readme_names_commands_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"\bmake ([a-z]+)", readme))
    assert {"report", "test"} <= named <= targets, named - targets
    help_text = iscm("--help").stdout
    for command in set(re.findall(r"\biscm ([a-z]+)", readme)):
        assert command in help_text, command
        assert "Example: iscm" in iscm(command, "--help").stdout, command


def test_the_readme_opens_with_a_figure_that_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = readme[:2500]
    image = re.search(r"!\[([^\]]{30,})\]\(([^)]+)\)", first)
    assert image and (ROOT / image[2]).exists()
    assert "make report" in first and "make test" in first


def test_versions_agree():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
