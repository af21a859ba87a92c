"""Find your State, compare, explorer, timeline and map: what they say is what the data says, from a file and by address."""
from __future__ import annotations

import pytest

from analysis.dataset import frames
from analysis.dataset.frames import LATEST
from analysis.measures import corridors, membership, sets, shared, trends
from analysis.render.explore import SET
from conftest import watched


@pytest.fixture
def page(browser, book):
    p = watched(browser, viewport={"width": 1300, "height": 900})
    p.base = (book / "_book/explore").as_uri()
    yield p
    assert p.trouble == []
    p.close()


def short(ids) -> set[str]:
    return set(frames.mechanism_frame().set_index("id").loc[list(ids)].short)


def test_a_state_by_name_shows_its_mechanisms(page):
    now = membership.members(LATEST, "central", SET)
    page.goto(f"{page.base}/state.html")
    page.get_by_label("State or territory").fill("maroc")
    assert "No State" in page.locator("#out").inner_text()
    page.get_by_label("State or territory").fill("marruecos")  # the Spanish name does as well
    assert page.locator("#out h2").inner_text() == "Morocco"
    rows = page.locator("#out table").first.locator("tbody tr").all()
    current = {r.locator("th").inner_text() for r in rows if r.locator("td").first.inner_text() == "member"}
    assert current == short(now[now.state == "MAR"].mechanism) and len(current) > 3
    assert "s=MAR" in page.url
    page.locator("#out table a").first.click()
    assert page.locator("h1").count() == 1 and "/report/mechanisms/" in page.url


def test_two_states_by_address_share_what_the_data_says(page):
    now = membership.members(LATEST, "central", SET)
    both = set(now[now.state == "ESP"].mechanism) & set(now[now.state == "MAR"].mechanism)
    alive = both & shared.alive(LATEST, trends.WINDOW, SET)
    page.goto(f"{page.base}/state.html?s=ESP&with=MAR")
    line = page.locator("#out p").first.inner_text()
    assert line.startswith(f"Spain and Morocco share {len(alive)} tables") and all(s in line for s in short(alive))
    assert not any(s in line for s in short(both - alive))
    page.goto(f"{page.base}/state.html#KEN")
    assert page.locator("#out h2").inner_text() == "Kenya"


def test_a_state_has_its_corridors_and_its_treaties(page):
    year = max(corridors.years())
    c = corridors.stocks(year)
    c = c[c.origin == "PHL"].nlargest(3, "stock")
    seat = shared.at_table(year, name=SET)
    page.goto(f"{page.base}/state.html?s=PHL")
    rows = page.locator("#out .pair").first.locator("table").first.locator("tbody tr").all_inner_texts()
    names = frames.states().set_index("iso3").name_en
    for r, line in zip(c.itertuples(), rows):
        covered = bool((seat.loc["PHL"] & seat.loc[r.destination]).any())
        assert line.split("\t") == [names[r.destination], f"{r.stock:,}", "yes" if covered else "no"]
    t = frames.treaty_status().merge(frames.treaties(), left_on="treaty", right_on="id").query("state == 'PHL' and status == 'party'")
    text = page.locator("#out .pair").nth(1).inner_text()
    assert len(t) > 5 and all(f"{r.short}\tparty\t{r.year}" in text for r in t.itertuples())


def test_a_state_prints_as_one_page(page):
    page.goto(f"{page.base}/state.html?s=FRA")
    page.locator("#out table").first.wait_for()
    import io

    from pypdf import PdfReader

    sheets = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    assert len(sheets) == 1 and "France" in sheets[0].extract_text()


def test_two_mechanisms_side_by_side(page):
    now = membership.members(LATEST, "central", SET).groupby("mechanism").state.agg(set)
    m = frames.mechanism_frame().set_index("id").short
    a, b, c = sorted(now.index)[:3]
    page.goto(f"{page.base}/compare.html?a={a}&b={b}")
    assert page.locator("#out thead th").all_inner_texts()[1:] == [m[a], m[b]]
    assert f"In both ({len(now[a] & now[b])})" in page.locator("#out h3").first.inner_text()
    page.get_by_label("Second mechanism").select_option(c)
    assert f"b={c}" in page.url and page.locator("#out thead th").nth(2).inner_text() == m[c]


def test_the_explorer_sorts_filters_and_chooses_columns(page):
    m = sets.mechanisms(SET)
    page.goto(f"{page.base}/mechanisms.html?class_2013=IRF")
    shown = page.locator("#table tbody tr:visible")
    assert shown.count() == (m.class_2013 == "IRF").sum()
    page.locator("select[name=class_2013]").select_option("")
    assert shown.count() == len(m)
    page.get_by_role("button", name="Founded").press("Enter")
    assert page.locator("th[data-column=founded]").get_attribute("aria-sort") == "ascending"
    years = page.locator("#table tbody tr td:nth-child(6)").all_inner_texts()
    assert years == sorted(years)
    page.get_by_role("button", name="Members", exact=True).press("Enter")
    assert page.locator("#table tbody tr td:nth-child(7)").all_inner_texts()[-1] == "–", "what is not known stands last"
    assert page.locator("th[data-column=themes]").is_hidden()
    page.get_by_label("Themes", exact=True).check()
    assert page.locator("th[data-column=themes]").is_visible()
    page.locator("select[name=theme]").select_option("health")
    assert 0 < shown.count() < len(m) and all("health" in t for t in shown.locator("td:last-child").all_inner_texts())
    page.locator("select[name=theme]").select_option("")
    for half in ("Africa", "Europe"):  # five States of each
        page.locator("select[name=region]").select_option(half)
        assert "5+5 Dialogue" in shown.locator("th").all_inner_texts()
    page.locator("select[name=region]").select_option("")
    links = {a.inner_text(): a.get_attribute("href") for a in page.locator("#table tbody th a").all()}
    assert len(links) == len(m) and sum("/mechanisms/" in h for h in links.values()) == m.core25.sum()
    page.goto(f"{page.base}/{links[m.set_index('id').short['pidc']]}")
    assert "PIDC" in page.locator(":target").inner_text()


def test_a_mechanism_chosen_in_the_timeline_shows_its_members_on_the_map(page):
    page.goto(f"{page.base}/map.html")
    page.locator("#fig-timeline-map[data-live]").wait_for(timeout=15_000)
    green = "[...document.querySelectorAll('#fig-timeline-map .mark-shape path')].filter(p => p.getAttribute('fill') === '#009E73').length"
    assert page.evaluate(green) == 0
    page.get_by_label("Mechanism", exact=True).select_option("colombo-process")
    n = (membership.members(LATEST, "central", SET).mechanism == "colombo-process").sum()
    assert 0 < page.evaluate(green) <= n
    page.get_by_label("Mechanism", exact=True).select_option("")
    page.locator("#fig-timeline-map .mark-rect path").first.click(force=True)
    assert page.evaluate(green) > 0 and page.get_by_label("Mechanism", exact=True).input_value() in page.url


def test_without_scripts_the_explorer_is_a_whole_table(browser, book):
    context = browser.new_context(java_script_enabled=False)
    p = context.new_page()
    p.goto((book / "_book/explore/mechanisms.html").as_uri())
    assert p.locator("#table tbody tr:visible").count() == len(sets.mechanisms(SET))
    assert not p.locator("#ask").is_visible()
    context.close()
