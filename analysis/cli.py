"""The ``iscm`` command."""
from __future__ import annotations

import gc
import json
import os
import sys
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Optional

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Render, check and query the report on inter-State consultation mechanisms.  Example: iscm render --to pdf")


@lru_cache
def err():
    """The terminal for what is not a command's outcome; what draws on it is imported when there is something to say."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def _stop(message: str) -> None:
    err().print(message, markup=False)
    raise typer.Exit(1)


def _checked():
    """The book, once data and chapters hold; otherwise every problem is printed and the command ends with 1."""
    from .render import report

    try:
        return report.checked()
    except report.Stopped as exc:
        _stop(str(exc))


@app.command()
def check():
    """Validate data/ and the chapters' references.  Example: iscm check"""
    start = time.perf_counter()
    book, found = _checked()
    print(f"{len(found)} mechanisms and {len(book.chapters)} chapters hold ({time.perf_counter() - start:.1f} s)")


@app.command()
def render(engine: Annotated[str, typer.Option(help="embedded or quarto")] = "embedded",
           to: Annotated[Optional[str], typer.Option(help="html or pdf; both if left out")] = None,
           fresh: Annotated[bool, typer.Option("--fresh", help="make everything again, without the cache")] = False):
    """Render the report into _book/; what did not change is not made again.  Example: iscm render --to html"""
    from .dataset.paths import root
    from .render import report, uptodate

    start = time.perf_counter()
    if engine not in ("embedded", "quarto"):
        _stop(f"--engine: '{engine}' is unknown; allowed: embedded, quarto")
    if to not in (None, "html", "pdf"):
        _stop(f"--to: '{to}' is unknown; allowed: html, pdf")
    formats = (to,) if to else uptodate.FORMATS
    if engine == "quarto":
        from .render import quarto
        from .render.pandoc import RenderError

        book, _ = _checked()
        try:
            quarto.render(book, formats)
        except RenderError as exc:
            _stop(f"{exc}\nNothing was written; the last good _book/ stays.")
        print(f"quarto: {' and '.join(formats)} in {time.perf_counter() - start:.1f} s → _book/")
        return
    try:
        now = uptodate.inputs(root())
    except ValueError as exc:
        _stop(str(exc))
    wanted = formats if fresh else uptodate.stale(root(), formats, now)
    if not wanted:
        print(f"nothing changed since the last render: _book/ is up to date ({time.perf_counter() - start:.1f} s)")
        return
    status = lru_cache(lambda: err().status("render"))

    def say(step: str) -> None:
        status().start()  # at the first step only: its thread is not wanted before
        status().update(step)

    try:
        done = report.make(wanted, fresh, now, say)
    except report.Stopped as exc:
        status().stop()
        _stop(str(exc))
    finally:
        status().stop()
    print(report.summary(done, wanted, time.perf_counter() - start))


@app.command()
def figures(names: Annotated[Optional[list[str]], typer.Argument(help="names; all if left out")] = None,
            out: Annotated[Path, typer.Option(help="folder")] = Path("build/figures")):
    """Write figures as SVG, PNG, Vega-Lite and CSV; only what changed is drawn.  Example: iscm figures timeline --out build/figures"""
    from .present.registry import FIGURES
    from .render import figures as files

    start = time.perf_counter()
    unknown = [n for n in names or [] if n not in FIGURES]
    if unknown:
        _stop(f"no figure named {', '.join(unknown)}; there are: {', '.join(FIGURES)}")
    _checked()
    written = files.write(names or FIGURES, out)
    print(f"{len(names or FIGURES)} figures → {out}/ ({', '.join(written) if written else 'none'} written, {time.perf_counter() - start:.1f} s)")


@app.command()
def table(name: Annotated[Optional[str], typer.Argument()] = None, format: Annotated[str, typer.Option(help="csv, md or json")] = "csv"):
    """Print a table or a data frame; without a name, list them.  Example: iscm table overview --format md"""
    from .dataset.frames import FRAMES
    from .present.registry import TABLES

    if name is None:
        print("tables: " + ", ".join(TABLES) + "\nframes: " + ", ".join(FRAMES))
        return
    if name not in TABLES and name not in FRAMES:
        _stop(f"no table named {name}; there are: {', '.join([*TABLES, *FRAMES])}")
    if format not in ("csv", "md", "json"):
        _stop(f"--format: '{format}' is unknown; allowed: csv, md, json")
    _checked()
    from .present.tables import Table

    t = TABLES[name]() if name in TABLES else Table(name, FRAMES[name]())
    if format == "md":
        sys.stdout.write(t.markdown())
    elif format == "csv":
        t.data.to_csv(sys.stdout, index=False)
    else:
        sys.stdout.write(t.data.to_json(orient="records", force_ascii=False, indent=1) + "\n")


@app.command()
def findings(format: Annotated[str, typer.Option(help="json or md")] = "md"):
    """Print every finding with value, bounds and measure.  Example: iscm findings --format json"""
    if format not in ("json", "md"):
        _stop(f"--format: '{format}' is unknown; allowed: json, md")
    _checked()
    from rich.progress import track

    from .findings import DECLARED, finding

    for id in track(DECLARED, description="findings", console=err(), transient=True, disable=not err().is_terminal):
        finding(id)  # the permutation tests take seconds
    if format == "md":
        from .present.tables import findings as as_table

        sys.stdout.write(as_table().markdown())
    else:
        from .findings import findings as all_findings

        print(json.dumps([f.as_dict() for f in all_findings().values()], indent=1))


@app.command()
def export(out: Annotated[Path, typer.Option(help="folder of the package")] = Path("build/data")):
    """Write the data package: CSV, Parquet, descriptor, codebook, sources.  Example: iscm export --out build/data"""
    _checked()
    from .dataset.documents import version
    from .dataset.export import export as write
    from .dataset.paths import root

    try:
        names = write(out, version(root()))
    except FileExistsError as exc:
        _stop(f"--out: {exc}")
    print(f"{len(names)} tables → {out}/")


@app.command()
def source(mechanism: Annotated[str, typer.Argument(help="id, as in data/mechanisms/")],
           field: Annotated[Optional[str], typer.Argument(help="a field, as 'founded' or 'meetings.3'")] = None):
    """Say where each value of a mechanism comes from.  Example: iscm source rcm founded"""
    _checked()
    from .dataset.provenance import trail

    try:
        lines = trail(mechanism, field)
    except LookupError as exc:
        _stop(str(exc.args[0]))
    print("\n".join(lines))


@app.command()
def schema():
    """Write the JSON Schema for editors into data/schema/.  Example: iscm schema"""
    from .dataset.models import Mechanism
    from .dataset.paths import root

    file = root() / "data/schema/mechanism.schema.json"
    file.write_text(json.dumps(Mechanism.model_json_schema(by_alias=True), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(file.relative_to(root()))


@app.command()
def diff(old: Annotated[str, typer.Argument(help="data folder, project, Git revision, release folder or its data ZIP")],
         new: Annotated[str, typer.Argument(help="the same; the working tree if left out")] = ".",
         format: Annotated[str, typer.Option(help="md or json")] = "md"):
    """What changed in facts and findings; ends with 0 if nothing did, 1 if something did, 2 on an error.  Example: iscm diff HEAD~1 HEAD"""
    from . import diff as d
    from .dataset.paths import root

    if format not in ("md", "json"):
        err().print(f"--format: '{format}' is unknown; allowed: md, json", markup=False)
        raise typer.Exit(2)
    try:
        result = d.compare(old, str(root()) if new == "." else new)
    except d.DiffError as exc:
        err().print(str(exc), markup=False)
        raise typer.Exit(2)
    if new == ".":
        result["new"] = "the working tree"
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1, default=str) + "\n" if format == "json" else d.markdown(result))
    raise typer.Exit(1 if result["facts"] else 0)


@app.command()
def release(version: Annotated[str, typer.Argument(help="three numbers: 1.2.0")],
            doi: Annotated[str, typer.Option(help="a DOI reserved for this version; it then appears everywhere")] = ""):
    """Make dist/VERSION from the last commit: PDF, site, data, figures, citation metadata, checksums.  Example: iscm release 1.2.0"""
    from .release import ReleaseError
    from .release.make import release as make

    start = time.perf_counter()
    try:
        folder = make(version, doi, lambda text: err().print(text, markup=False))
    except (ReleaseError, OSError) as exc:
        _stop(str(exc))
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>12,}  {path.name}")
    print(f"release {version} → dist/{version}/ ({time.perf_counter() - start:.0f} s). Prove it: iscm verify dist/{version}")


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="a release folder: dist/1.2.0")]):
    """Check a release's sums and build it again from its commit; ends with 0 if all is identical, 1 if not, 2 if it is no release or cannot be built.  Example: iscm verify dist/1.2.0"""
    from .release import ReleaseError
    from .release.verify import verify as prove

    try:
        proof = prove(folder, lambda text: err().print(text, markup=False))
    except (ReleaseError, OSError) as exc:
        err().print(str(exc), markup=False)
        raise typer.Exit(2)
    for name, what in proof.sums.items():
        print(f"sum does not hold  {name}: {what}")
    for note in proof.notes:
        print(f"note: {note}")
    for name, what in proof.files.items():
        print(f"identical  {name}" if what == "identical" else f"{'OPEN   ' if what.startswith('not compared') else 'DIFFERS'}    {name}: {what}")
    same = sum(v == "identical" for v in proof.files.values())
    print(f"{same} of {len(proof.files)} files identical, {len(proof.sums)} sum(s) do not hold")
    raise typer.Exit(0 if proof.holds else 1)


@app.command()
def preview(port: Annotated[int, typer.Option(help="0: any that is free")] = 4321):
    """Serve the site on this machine, render again on every save, show errors in the page.  Example: iscm preview --port 4321"""
    from .dataset.paths import root
    from .render.preview import serve

    try:
        serve(root(), port, lambda text: print(text, flush=True))
    except OSError as exc:
        _stop(f"port {port}: {exc.strerror}; name another: iscm preview --port {port + 1}")


DISTRIBUTIONS = {"yaml": "pyyaml", "vl_convert": "vl-convert-python", "pypandoc": "pypandoc_binary", "IPython": "ipython"}


def main():
    """Entry point of the console command."""
    if "utf" not in (os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or "").lower():
        os.environ["LC_ALL"] = "C.UTF-8"  # for Pandoc, which reads names of files by the locale
    if sys.getfilesystemencoding() != "utf-8" or sys.stdout.encoding.lower() != "utf-8":  # names and texts are UTF-8 whatever the locale
        os.execve(sys.executable, [sys.executable, "-m", "analysis.cli", *sys.argv[1:]], {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"})
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes share the work; and sums have one order on every machine
    brief = sys.argv[1:2] != ["preview"]
    if brief:
        gc.disable()  # looking for garbage takes a tenth of reading the data, and finds none
    from .dataset.documents import DataError

    try:
        app()
    except SystemExit as exc:
        if brief and isinstance(exc.code, int):
            _leave(exc.code)
        raise
    except DataError as exc:
        _end(str(exc))
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] in ("analysis", ""):
            raise
        name = exc.name.split(".")[0]
        _end(f"the package {DISTRIBUTIONS.get(name, name)} is missing from this environment. Remove .venv and run 'make report': it is set up again from requirements.lock.")


def _leave(code: int) -> None:
    """End at once: to take a large heap apart, which the system drops as a whole, takes Python half a second."""
    with suppress(BrokenPipeError):  # whoever read has read enough
        sys.stdout.flush()
    os._exit(code)


def _end(message: str) -> None:
    err().print(message, markup=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
