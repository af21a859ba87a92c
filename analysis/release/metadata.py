"""Metadata of a release in the forms that readers, reference managers, archives and machines take."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import yaml

from ..render.book import Book
from ..render.cite import KEYWORDS, address, title

ABOUT = ("A reproducible comparative study of the regional and interregional mechanisms in which States consult each other on migration: "
         "report, site, data with a source for every value, and the code that makes one from the other. An independent study, not a publication of IOM.")
LICENCES = {"CC-BY-4.0": ("https://creativecommons.org/licenses/by/4.0/", "Creative Commons Attribution 4.0 International"),
            "MIT": ("https://opensource.org/license/mit", "MIT License")}
FORMATS = {".pdf": "application/pdf", ".zip": "application/zip", ".cff": "application/yaml", ".bib": "application/x-bibtex",
           ".ris": "application/x-research-info-systems", ".json": "application/json", ".md": "text/markdown"}


def cff(book: Book, f: dict) -> str:
    """``CITATION.cff``: the Citation File Format, 1.2.0."""
    author = [{"name": book.meta["book"]["author"]}]
    where = {**({"doi": f["doi"]} if f["doi"] else {}), **({"url": f["url"]} if f["url"] else {})}
    report = {"type": "report", "title": title(book), "authors": author, "year": int(f["year"]), "version": f["version"], **where}
    entry = {"cff-version": "1.2.0", "message": "If you use the report or its data, please cite it as below, with the version you used.", "type": "dataset",
             "title": title(book), "authors": [*map(dict, author)], "version": f["version"], "date-released": f["iso"], "commit": f["revision"], **where,
             "license": list(LICENCES), "keywords": KEYWORDS, "preferred-citation": report}
    return yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=1000)


def zenodo(book: Book, f: dict) -> str:
    """``.zenodo.json``: metadata of a deposit."""
    entry = {"title": title(book), "upload_type": "publication", "publication_type": "report", "publication_date": f["iso"], "version": f["version"],
             "creators": [{"name": book.meta["book"]["author"]}], "description": f"<p>{ABOUT}</p>", "access_right": "open", "license": "cc-by-4.0",
             "language": "eng", "keywords": KEYWORDS,
             "notes": f"Made from the commit {f['revision']}. Code under the MIT licence; reference tables under the licences of their makers, named in the data package."}
    return json.dumps({**entry, **({"doi": f["doi"]} if f["doi"] else {})}, ensure_ascii=False, indent=1) + "\n"


DESCRIBED = {".pdf": "The report", "-site.zip": "The report as a site, to be opened without a network", "-data.zip": "The data package: tables, codebook, sources, and the files as written",
             "-figures.zip": "Every figure as SVG, PNG, Vega-Lite and CSV", "-source.zip": "Everything the release is made from", "CITATION.cff": "Citation File Format",
             "citation.bib": "Citation in BibTeX", "citation.ris": "Citation in RIS", "citation.json": "Citation in CSL-JSON", "RELEASE-NOTES.md": "What changed since the last release",
             "release.json": "What the release was made from and with", ".zenodo.json": "Metadata of a deposit"}


def crate(book: Book, f: dict, folder: Path) -> str:
    """RO-Crate 1.1 metadata of the files of a release folder."""
    author = {"@id": "#contributors", "@type": "Organization", "name": book.meta["book"]["author"]}
    files = sorted(p for p in folder.iterdir() if p.is_file())
    parts = [{"@id": p.name, "@type": "File", "name": next((v for k, v in DESCRIBED.items() if p.name.endswith(k)), p.name), "contentSize": str(p.stat().st_size),
              "encodingFormat": FORMATS.get(p.suffix, "application/octet-stream"), "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for p in files]
    root = {"@id": "./", "@type": "Dataset", "name": title(book), "description": ABOUT, "datePublished": f["iso"], "version": f["version"],
            "license": {"@id": LICENCES["CC-BY-4.0"][0]}, "author": {"@id": author["@id"]}, "publisher": {"@id": author["@id"]}, "inLanguage": "en-GB", "keywords": ", ".join(KEYWORDS),
            "hasPart": [{"@id": p["@id"]} for p in parts]}
    if address(f):
        root |= {"identifier": address(f), "url": address(f)}
    about = {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}, "about": {"@id": "./"}}
    licences = [{"@id": url, "@type": "CreativeWork", "name": name, "description": f"SPDX identifier: {spdx}"} for spdx, (url, name) in LICENCES.items()]
    return json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [about, root, author, *licences, *parts]}, ensure_ascii=False, indent=1) + "\n"
