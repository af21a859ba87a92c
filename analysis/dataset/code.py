"""What a module's behaviour rests on: its own source and that of every module of the package that it imports, and the libraries."""
from __future__ import annotations

import ast
import json
import platform
import sysconfig
from functools import lru_cache
from pathlib import Path

from .store import digest, file_digest, store

PACKAGE = Path(__file__).resolve().parents[1]


@lru_cache(maxsize=None)
def _file(module: str) -> Path | None:
    base = PACKAGE.parent.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.exists():
            return path
    return None


def named(tree: ast.AST, package: str) -> set[str]:
    """Modules of the package that a syntax tree names in its imports, wherever they stand; ``package`` is where it lies."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [n.name for n in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = [base, *(f"{base}.{n.name}" for n in node.names)]
        else:
            continue
        found |= {n for n in names if n.split(".")[0] == PACKAGE.name and _file(n)}
    return found


@lru_cache
def _imports() -> dict[str, list[str]]:
    """Each module of the package and those that it imports; to parse all takes a quarter of a second, so it is kept by their content."""
    files = {".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): p for p in sorted(PACKAGE.rglob("*.py"))}

    def make() -> bytes:
        trees = {m: ast.parse(p.read_text(encoding="utf-8")) for m, p in files.items()}
        return json.dumps({m: sorted(named(t, m if files[m].name == "__init__.py" else m.rpartition(".")[0])) for m, t in trees.items()}).encode("utf-8")

    return json.loads(store().remember("code", digest(platform.python_version(), *(x for m, p in files.items() for x in (m, file_digest(p)))), make, "imports"))


def imports(module: str) -> frozenset[str]:
    """Modules of the package that a module imports."""
    return frozenset(_imports()[module])


@lru_cache(maxsize=None)
def closure(*modules: str) -> tuple[str, ...]:
    """The modules and all that they import, directly or through others; sorted."""
    seen, todo = set(), list(modules)
    while todo:
        m = todo.pop()
        if m not in seen:
            seen.add(m)
            todo += imports(m)
    return tuple(sorted(seen))


@lru_cache(maxsize=None)
def code_digest(*modules: str) -> str:
    """A digest of the sources of :func:`closure` and of the files that lie beside them (wording), and of the libraries."""
    files = {p for m in closure(*modules) for p in (_file(m), *(_file(m).parent.glob("*.yaml") if _file(m).name == "__init__.py" else ()))}
    return digest(libraries(), *(x for p in sorted(files) for x in (str(p.relative_to(PACKAGE)), file_digest(p))))


@lru_cache
def libraries() -> str:
    """Names and versions of Python and of every installed package."""
    folders = {sysconfig.get_paths()[k] for k in ("purelib", "platlib")}
    found = sorted({p.name for f in folders for p in Path(f).glob("*.dist-info") if not p.name.startswith("iscm_report-")})
    return digest(platform.python_version(), platform.machine(), *found)
