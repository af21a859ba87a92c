"""A release: what refuses it, what it holds in which form, and its proof."""
from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from pypdf import PdfReader

import small
from analysis import diff
from analysis.release import ReleaseError, assemble, record, verify
from analysis.release.assemble import changes
from conftest import ROOT, iscm, need

DOI = "10.5281/zenodo.1234567"
CODE = ("analysis", "data", "report", "pyproject.toml", "requirements.lock", "LICENSE", ".gitignore", "README.md")


def git(root: Path, *args: str) -> str:
    return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def command(root: Path, *args: str):
    """The command of a project that has its own copy of the code."""
    return iscm(*args, root=root, ISCM_BUILD_CACHE=str(ROOT / "build/test-cache"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A small book in a repository of its own, ready for version 1.0.0."""
    need("git")
    root = tmp_path_factory.mktemp("release") / "dépôt à part"
    root.mkdir()
    for part in CODE:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / part)
    for old in (root / "report").rglob("*.qmd"):
        old.unlink()
    small.write(root)
    set_version(root, "1.0.0")
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0.0\n\n- The first.\n", encoding="utf-8")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "Version 1.0.0")
    return root


def set_version(root: Path, version: str) -> None:
    path = root / "pyproject.toml"
    path.write_text(re.sub(r'^version = .*', f'version = "{version}"', path.read_text(encoding="utf-8"), count=1, flags=re.M), encoding="utf-8")
    (root / "CITATION.cff").write_text(f"cff-version: 1.2.0\nversion: {version}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def release(repository) -> Path:
    done = command(repository, "release", "1.0.0", "--doi", DOI)
    assert done.returncode == 0, done.stderr
    return repository / "dist/1.0.0"


@pytest.fixture
def spoilt(repository, tmp_path) -> Path:
    """A copy of the repository, without releases, that a test may spoil."""
    return shutil.copytree(repository, tmp_path / "copy", ignore=shutil.ignore_patterns("dist", "build", "_book"))


def test_a_release_is_refused_with_every_reason(spoilt):
    (spoilt / "new.txt").write_text("x", encoding="utf-8")
    path = spoilt / "data/mechanisms/rcm.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("core25: true", "core25: perhaps"), encoding="utf-8")
    git(spoilt, "tag", "v2.0.0")
    done = command(spoilt, "release", "1.9.0", "--doi", "https://doi.org/10.1/x")
    assert done.returncode == 1 and not list((spoilt / "dist").glob("*"))
    for reason in ("2 file(s) differ from the last commit", "version 1.9.0 goes backwards: the last is 2.0.0", "pyproject.toml: says version 1.0.0", "CITATION.cff: says version 1.0.0",
                   "CHANGELOG.md: has nothing under '## 1.9.0'", "data/mechanisms/rcm.yaml:", "is not a DOI"):
        assert reason in done.stderr, reason
    (spoilt / "CITATION.cff").unlink()
    (spoilt / "dist/3.0.0").mkdir(parents=True)
    (spoilt / "dist/3.0.0/release.json").write_text("[]", encoding="utf-8")
    again = command(spoilt, "release", "2.0.0", "--doi", "10.5281/zenodo.…").stderr
    assert "version 2.0.0 exists" in again and "'10.5281/zenodo.…' is not a DOI; allowed: 10.5281/zenodo.1234567" in again and "CITATION.cff: says no version" in again
    assert "dist/3.0.0: its release.json does not say which commit" in command(spoilt, "release", "3.0.1").stderr
    assert "'2.0' is not three numbers; allowed: 1.2.0" in command(spoilt, "release", "2.0").stderr


@pytest.mark.parametrize("doi, holds", [(DOI, True), ("10.1000.10/a_(b):c;d-e", True), ("10.5281/zenodo.…", False), ("10.5281/zenodo...", False), ("10.5281/zenodo. 1", False),
                                        ("10.5281/", False), ("10.528/x", False), ("10.5281/<b>", False), (f"doi:{DOI}", False)])
def test_what_a_doi_may_be(doi, holds):
    assert bool(record.DOI.fullmatch(doi)) is holds


def test_a_folder_without_a_repository_is_refused(tmp_path):
    root = small.write(tmp_path)
    assert "not under version control" in iscm("release", "1.0.0", root=root).stderr


def test_a_release_holds_everything_and_its_sums(release):
    names = {p.name for p in release.iterdir()}
    assert names == {"iscm-report-1.0.0.pdf", *(f"iscm-report-1.0.0-{k}.zip" for k in ("site", "data", "figures", "source")), "CITATION.cff", "citation.bib", "citation.ris",
                     "citation.json", ".zenodo.json", "ro-crate-metadata.json", "release.json", "RELEASE-NOTES.md", "SHA256SUMS"}
    listed = dict(reversed(line.split("  ")) for line in (release / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    assert listed == {n: hashlib.sha256((release / n).read_bytes()).hexdigest() for n in names - {"SHA256SUMS"}}
    assert "- The first." in (release / "RELEASE-NOTES.md").read_text(encoding="utf-8")


def test_version_date_commit_doi_and_citation_stand_everywhere(release, repository):
    made = json.loads((release / "release.json").read_text(encoding="utf-8"))
    commit = git(repository, "rev-parse", "HEAD")
    assert made["commit"] == commit and made["doi"] == DOI
    pdf = PdfReader(release / "iscm-report-1.0.0.pdf")
    front = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in pdf.pages[:2]))
    for part in ("Version 1.0.0", commit[:7], f"doi.org/{DOI}", "ISCM Report contributors ("):
        assert part in front, part
    assert f"version 1.0.0, commit {commit[:7]}" in pdf.metadata.keywords and DOI in pdf.metadata.subject and str(pdf.metadata.creation_date.date()) == made["date"]
    with zipfile.ZipFile(release / "iscm-report-1.0.0-site.zip") as z:
        pages = [n for n in z.namelist() if n.endswith(".html")]
        assert len(pages) > 6
        for name in pages:
            text = z.read(name).decode("utf-8")
            assert all(part in text for part in ("Version 1.0.0", DOI, f"commit <code>{commit[:7]}</code>")), name
        assert "This is version 1.0.0" in re.sub(r"\s+", " ", z.read(min(pages, key=len)).decode("utf-8"))
    for name in ("CITATION.cff", "citation.bib", "citation.ris", "citation.json", ".zenodo.json", "ro-crate-metadata.json"):
        assert DOI in (release / name).read_text(encoding="utf-8"), name


def pandoc(path: Path, form: str) -> dict:
    import pypandoc

    done = subprocess.run([pypandoc.get_pandoc_path(), "-f", form, "-t", "csljson", str(path)], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[0]


@pytest.mark.parametrize("name, form", [("citation.bib", "bibtex"), ("citation.ris", "ris"), ("citation.json", "csljson")])
def test_citations_say_the_same_to_a_reader_of_each_form(release, name, form):
    entry = pandoc(release / name, form)
    author = entry["author"][0]
    assert (author.get("literal") or author.get("family")) == "ISCM Report contributors" and "given" not in author
    assert entry["type"] == "report" and entry["DOI"] == DOI and entry["title"].startswith("A small book: a trial")
    assert entry["issued"]["date-parts"][0][0] == int(json.loads((release / "release.json").read_text())["date"][:4])


def test_the_citation_file_is_valid(release, tmp_path):
    cffconvert = pytest.importorskip("cffconvert", reason="cffconvert is not installed")
    cite = cffconvert.Citation((release / "CITATION.cff").read_text(encoding="utf-8"))
    cite.validate()
    assert DOI in cite.as_bibtex() and "ISCM Report contributors" in cite.as_apalike()


def test_the_data_package_is_valid(release, tmp_path):
    frictionless = pytest.importorskip("frictionless")
    with zipfile.ZipFile(release / "iscm-report-1.0.0-data.zip") as z:
        z.extractall(tmp_path)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])[:5]
    assert (tmp_path / "authored/mechanisms/igc.yaml").read_bytes() == (ROOT / "data/mechanisms/igc.yaml").read_bytes()


def test_the_crate_is_valid(release, tmp_path, monkeypatch):
    pytest.importorskip("rocrate_validator")
    import requests
    from importlib.resources import files
    from rdflib.plugins.shared.jsonld import context
    from rocrate_validator import models, services
    from rocrate_validator.utils import http

    terms = json.loads(files("rocrate").joinpath("data/ro-crate.jsonld").read_text(encoding="utf-8"))
    known = lambda url: "w3id.org/ro/crate" in str(url)
    real = context.source_to_json
    monkeypatch.setattr(context, "source_to_json", lambda source, *a, **k: (terms, None) if known(source) else real(source, *a, **k))

    def get(self, url, *a, **k):
        assert known(url), f"the crate asks for {url}"
        r = requests.Response()
        r.status_code, r._content, r.url = 200, json.dumps(terms).encode(), url
        r.headers["Content-Type"] = "application/ld+json"
        return r

    monkeypatch.setattr(http.HttpRequester, "get", get, raising=False)
    crate = shutil.copytree(release, tmp_path / "crate")  # the validator takes paths for addresses, without spaces
    result = services.validate(services.ValidationSettings.parse({"rocrate_uri": str(crate), "profile_identifier": "ro-crate-1.1", "requirement_severity": models.Severity.RECOMMENDED}))
    assert {i.message for i in result.get_issues()} <= {"The organization SHOULD have a URL."}  # it has none


def test_metadata_of_a_deposit_has_what_an_archive_asks_for(release):
    z = json.loads((release / ".zenodo.json").read_text(encoding="utf-8"))
    assert {"title", "upload_type", "publication_type", "publication_date", "creators", "description", "access_right", "license", "version", "keywords", "language"} <= set(z)
    assert z["upload_type"] == "publication" and z["publication_type"] == "report" and re.fullmatch(r"\d{4}-\d\d-\d\d", z["publication_date"])


def test_a_release_is_proved_from_its_commit_and_from_its_source(release, repository, tmp_path):
    done = command(repository, "verify", str(release))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "13 of 13 files identical, 0 sum(s) do not hold" in done.stdout and "DIFFERS" not in done.stdout
    with zipfile.ZipFile(release / "iscm-report-1.0.0-source.zip") as z:
        z.extractall(tmp_path)
    alone = tmp_path / "iscm-report-1.0.0"
    done = command(alone, "verify", str(release))
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_altered_is_named(release, repository, tmp_path):
    copy = shutil.copytree(release, tmp_path / "1.0.0")
    (copy / "citation.bib").write_text("altered", encoding="utf-8")
    (copy / "citation.ris").unlink()
    (copy / "extra.txt").write_text("x", encoding="utf-8")
    (copy / "sub/deep").mkdir(parents=True)
    (copy / "sub/deep/evil.html").write_text("x", encoding="utf-8")
    (copy / "folder").symlink_to(release, target_is_directory=True)
    (copy / "nowhere").symlink_to("nothing")
    (copy / "citation.json").unlink()
    (copy / "citation.json").symlink_to(release / "citation.json")
    damaged = copy / "iscm-report-1.0.0-figures.zip"
    raw = bytearray(damaged.read_bytes())
    raw[len(raw) // 2] ^= 255
    damaged.write_bytes(raw)
    path = copy / "iscm-report-1.0.0-site.zip"
    with zipfile.ZipFile(path, "a") as z:
        z.writestr("iscm-report-1.0.0-site/more.html", "x")
    made = json.loads((copy / "release.json").read_text(encoding="utf-8"))
    (copy / "release.json").write_text(json.dumps({**made, "lock": "0" * 64, "epoch": "0"}), encoding="utf-8")
    done = command(repository, "verify", str(copy))
    assert done.returncode == 1
    for line in ("citation.bib: altered", "citation.ris: missing", "extra.txt: not listed in SHA256SUMS", "another requirements.lock", "iscm-report-1.0.0-site.zip: differs in 1 of",
                 "citation.bib: differs from byte 0", "citation.ris: is not in the release", "extra.txt: was not made again", "sub: not listed in SHA256SUMS",
                 "sub/deep/evil.html: not listed in SHA256SUMS", "folder: not listed in SHA256SUMS", "nowhere: not listed in SHA256SUMS", "citation.json: is a link",
                 "iscm-report-1.0.0-figures.zip: differs from byte", "release.json: differs from byte", "identical  CITATION.cff"):
        assert line in done.stdout, line
    assert "folder/" not in done.stdout
    (copy / "release.json").write_text("[]", encoding="utf-8")
    for folder in (copy, tmp_path):
        bad = command(repository, "verify", str(folder))
        assert bad.returncode == 2 and "is not a release: release.json" in bad.stderr and "Traceback" not in bad.stderr


MADE = {"version": "1.0.1", "commit": "0" * 40, "date": "2026-01-01", "epoch": "1767225600", "doi": "", "previous": {"version": "1.0.0", "commit": "1" * 40},
        "lock": "0" * 64, "python": "3.12", "machine": "x86_64"}


def written(folder: Path, made: object) -> Path:
    """A release folder of few files, with its sums."""
    folder.mkdir()
    (folder / "release.json").write_text(json.dumps(made), encoding="utf-8")
    (folder / "RELEASE-NOTES.md").write_text("# Notes\n", encoding="utf-8")
    (folder / "SHA256SUMS").write_text("".join(f"{d}  {n}\n" for n, d in record.contents(folder).items()), encoding="utf-8")
    return folder


@pytest.mark.parametrize("made, reason", [([], r"the whole: is \[\]; allowed: an object with version, commit"), ({**MADE, "commit": 5}, "commit: is 5; allowed: the 40 or 64 hex"),
                                          ({**MADE, "commit": "HEAD"}, 'commit: is "HEAD"'), ({**MADE, "epoch": 123}, "epoch: is 123; allowed: seconds"),
                                          ({k: v for k, v in MADE.items() if k != "version"}, "version: is missing; allowed: three numbers"), ({**MADE, "doi": "10.1/x"}, "doi: is"),
                                          ({**MADE, "previous": "1.0.0"}, 'previous: is "1.0.0"; allowed: an object with version, commit'),
                                          ({**MADE, "previous": {"version": "../1.0.0", "commit": "1" * 40}}, "previous.version: is")])
def test_a_malformed_record_is_named_with_what_is_allowed(tmp_path, made, reason):
    with pytest.raises(ReleaseError, match=f"is not a release: release.json: {reason}"):
        record.read(written(tmp_path / "1.0.1", made))


@pytest.mark.parametrize("line", ["nothing", "0" * 64 + "  ../outside", "0" * 64 + "  /etc/hosts", "0" * 64 + "  ..", "0" * 63 + "  a.txt", "0" * 64 + "  RELEASE-NOTES.md"])
def test_a_malformed_list_of_sums_is_named_with_its_line(tmp_path, line):
    folder = written(tmp_path / "1.0.1", MADE)
    with open(folder / "SHA256SUMS", "a", encoding="utf-8") as fh:
        fh.write(line + "\n")
    with pytest.raises(ReleaseError, match="SHA256SUMS, line 3: .* allowed: a SHA-256 sum, two spaces"):
        record.listed(folder)


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    folder = written(tmp_path / "1.0.1", MADE)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert record.contents(folder)["RELEASE-NOTES.md"] == "cannot be read: Permission denied"


@pytest.mark.parametrize("names", [[], ["a/x", "b/x"], ["x"]])
def test_a_source_that_is_none_is_refused_and_nothing_outside_is_touched(tmp_path, names):
    from analysis.release import rebuild

    outside = tmp_path / "outside"
    outside.write_text("x", encoding="utf-8")
    outside.chmod(0o600)
    with zipfile.ZipFile(tmp_path / "source.zip", "w") as z:
        for name in [*names, str(outside)] if names else []:
            z.writestr(name, "y")
    with pytest.raises(ReleaseError, match="source.zip: is not a source ZIP"):
        rebuild._unzip(tmp_path / "source.zip", tmp_path / "build/copy")
    assert outside.stat().st_mode & 0o777 == 0o600 and outside.read_text(encoding="utf-8") == "x"


def test_notes_without_the_last_release_are_not_compared_and_nothing_is_proved(tmp_path, monkeypatch):
    folder = written(tmp_path / "1.0.1", MADE)
    monkeypatch.setattr(verify, "rebuild", lambda out, *args: [shutil.copy(folder / n, out) for n in record.contents(folder)])
    proof = verify.verify(folder, print)
    assert not proof.holds and not proof.sums and proof.files["release.json"] == "identical"
    assert proof.files["RELEASE-NOTES.md"].startswith("not compared: needs the release 1.0.0 beside this one")
    (tmp_path / "1.0.0").mkdir()
    (tmp_path / "1.0.0/iscm-report-1.0.0-data.zip").write_bytes(b"")
    proof = verify.verify(folder, print)
    assert proof.holds and "compares with the data of that release" in proof.notes[-1]


def test_notes_name_versions_and_no_folder_of_the_build(tmp_path, monkeypatch):
    f, kept = {"version": "1.0.1", "date": "1 January 2026"}, tmp_path / "RELEASE-NOTES.md"
    kept.write_text("# As they are\n", encoding="utf-8")
    monkeypatch.setenv("ISCM_NOTES", str(kept))
    assert assemble._notes(f, MADE["previous"]) == "# As they are\n"
    monkeypatch.setenv("ISCM_AGAINST", "/elsewhere/data.zip")
    fact = {"file": "data/x.yaml", "field": "f", "kind": "changed", "old": 1, "new": 2, "src": ()}
    monkeypatch.setattr(diff, "compare", lambda old, new: {"old": old, "new": new, "facts": [fact], "findings": [], "not computed": [f"{old}: the old rules", f"{new}: the new"], "compared": 0})
    notes = assemble._notes(f, MADE["previous"])
    assert "for version 1.0.0: the old rules" in notes and "for version 1.0.1: the new" in notes and "/elsewhere" not in notes and str(ROOT) not in notes


def test_the_next_release_says_what_changed_and_is_proved_beside_the_last(release, repository, tmp_path):
    small.add_meeting(repository)
    set_version(repository, "1.1.0")
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 1.1.0\n\n- One meeting more.\n\n## 1.0.0\n\n- The first.\n", encoding="utf-8")
    git(repository, "commit", "-qam", "Version 1.1.0")
    done = command(repository, "release", "1.1.0")
    assert done.returncode == 0, done.stderr
    notes = (repository / "dist/1.1.0/RELEASE-NOTES.md").read_text(encoding="utf-8")
    assert "- One meeting more." in notes and "version 1.0.0 to version 1.1.0" in notes and "A meeting for a trial" in notes and "(`meetings`)" in notes
    between = command(repository, "diff", str(release), str(repository / "dist/1.1.0"), "--format", "json")
    assert between.returncode == 1 and [c["field"] for c in json.loads(between.stdout)["facts"]] == ["meetings[2012-04, A meeting for a trial]"]
    assert "version 1.1.0 exists" in command(repository, "release", "1.1.0").stderr
    assert not list((repository / "dist").glob(".part-*"))
    with zipfile.ZipFile(repository / "dist/1.1.0/iscm-report-1.1.0-source.zip") as z:
        z.extractall(tmp_path)
    done = command(tmp_path / "iscm-report-1.1.0", "verify", str(repository / "dist/1.1.0"))  # without the repository, beside the last release
    assert done.returncode == 0 and "compares with the data of that release" in done.stdout, done.stdout + done.stderr


def test_the_part_of_a_changelog():
    text = "# Changelog\n\n## Unreleased\n\n- u\n\n## [1.2.0], 2026\n\n- a\n- b\n\n## 1.2.0-rc\n\n- c\n"
    assert changes(text, "1.2.0") == "- a\n- b" and changes(text, "1.2") == "" and changes(text, "9.9.9") == ""
