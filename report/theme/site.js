// What every page does. ISCM.words stands before this: the wording of analysis/present/wording.
const up = document.body.dataset.up, W = ISCM.words;
const $ = (s, at = document) => at.querySelector(s), $$ = (s, at = document) => [...at.querySelectorAll(s)];
const el = (tag, props = {}, ...inside) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) k in e && k !== "list" ? e[k] = v : e.setAttribute(k, v);
  e.append(...inside);
  return e;
};
const say = text => { $("#said").textContent = ""; setTimeout(() => $("#said").textContent = text, 50); };
const loaded = {};
// A script rather than fetch(): pages opened from a file may not fetch.
const need = src => loaded[src] ??= new Promise((ok, no) => document.head.append(el("script", {src: up + src, onload: ok, onerror: no})));
Object.assign(ISCM, {$, $$, el, say, need, up});

// Light and dark: the system's, until the switch says otherwise.
const html = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => html.dataset.theme ? html.dataset.theme === "dark" : dark.matches;
const mark = () => $("#switch").setAttribute("aria-pressed", isDark());
$("#switch").onclick = () => {
  html.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("theme", html.dataset.theme); } catch {}
  mark();
};
dark.addEventListener("change", mark);
mark();

// The sidebar is closed on a narrow screen, and shows where the reader is on a wide one.
if (matchMedia("(max-width:48rem)").matches) $("nav.book details").open = false;
const here = $("nav.book a[aria-current]");
if (here?.offsetTop > innerHeight * .7) $("nav.book").scrollTop = here.offsetTop - innerHeight / 3;
const toc = $$("nav.page a");
if (toc.length) {
  const heads = toc.map(a => document.getElementById(decodeURIComponent(a.hash.slice(1))));
  const follow = () => {
    const at = Math.max(0, heads.findLastIndex(h => h.getBoundingClientRect().top < innerHeight / 4));
    toc.forEach((a, i) => i === at ? a.setAttribute("aria-current", "location") : a.removeAttribute("aria-current"));
  };
  addEventListener("scroll", () => requestAnimationFrame(follow), {passive: true});
  follow();
}

// A region takes the keyboard only if there is something to scroll.
const regions = () => $$(".scroll").forEach(r => r.scrollWidth > r.clientWidth + 1 ? r.tabIndex = 0 : r.removeAttribute("tabindex"));
addEventListener("resize", regions);
addEventListener("load", regions);

async function copy(text) {
  try { await navigator.clipboard.writeText(text); } catch {
    const t = el("textarea", {value: text, className: "unseen"});
    document.body.append(t);
    t.select();
    document.execCommand("copy");
    t.remove();
  }
  say(W.copied);
}
$$(".copy").forEach(b => b.onclick = async () => {
  await copy(document.getElementById(b.dataset.copy).textContent);
  const was = b.textContent;
  b.textContent = W.copied;
  setTimeout(() => b.textContent = was, 1500);
});
for (const h of $$("main :is(h1,h2,h3)[id], main figure[id] > figcaption")) {
  const id = h.id || h.parentElement.id;
  h.append(el("a", {className: "anchor", href: "#" + id, "aria-label": W.copy_link, onclick: () => copy(location.href.split("#")[0] + "#" + id)}));
}

// Search: loaded when it is first asked for.
const q = $("#q"), hits = $("#hits"), found = $("#found");
let engine;
async function search() {
  const text = q.value.trim();
  if (location.protocol === "file:") return void (found.textContent = W.from_file);
  if (!text) { hits.replaceChildren(); found.textContent = ""; return; }
  found.textContent ||= W.searching;
  try {
    engine ??= await import(new URL(up + "pagefind/pagefind.js", location.href));
    const got = await engine.debouncedSearch(text, {}, 120);
    if (!got) return;  // the reader has typed on
    const pages = await Promise.all(got.results.slice(0, 8).map(r => r.data()));
    found.textContent = !got.results.length ? W.nothing : got.results.length === 1 ? W.found_one : W.found.replace("{n}", got.results.length);
    const item = (r, cls) => el("li", {className: cls}, el("a", {href: r.url}, el("b", {textContent: r.title}), el("span", {innerHTML: r.excerpt})));
    hits.replaceChildren(...pages.flatMap(p => {
      const subs = p.sub_results.filter(s => s.url !== p.url).slice(0, 2);
      return [item({url: p.url, title: p.meta.title, excerpt: p.excerpt}, ""), ...subs.map(s => item(s, "sub"))];
    }));
  } catch { found.textContent = W.search_failed; }
}
q.oninput = search;
q.onfocus = () => location.protocol === "file:" && search();
$("#search").onkeydown = e => {
  const stops = [q, ...$$("a", hits)], at = stops.indexOf(document.activeElement);
  const to = {ArrowDown: at + 1, ArrowUp: at - 1}[e.key];
  if (to !== undefined) { e.preventDefault(); stops[to]?.focus(); }
  if (e.key === "Escape") { q.value = ""; search(); q.focus(); }
  if (e.key === "Enter" && document.activeElement === q) $("a", hits)?.click();
};
addEventListener("keydown", e => {
  if (e.key === "/" && !e.ctrlKey && !e.metaKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { e.preventDefault(); q.focus(); }
});

// Charts. The drawing stands in the page; when it comes near, Vega draws it again, now with tooltips and choices.
const tip = el("div", {id: "tip", "aria-hidden": "true"});
document.body.append(tip);
const tooltip = (_, event, item, value) => {
  tip.replaceChildren();
  if (!value) return;
  tip.append(typeof value === "object" ? el("dl", {}, ...Object.entries(value).flatMap(([k, v]) => [el("dt", {textContent: k}), el("dd", {textContent: v})])) : String(value));
  const r = tip.getBoundingClientRect(), x = event.clientX + 14, y = event.clientY + 14;
  tip.style.left = Math.max(4, Math.min(x, innerWidth - r.width - 4)) + "px";
  tip.style.top = (y + r.height > innerHeight ? event.clientY - r.height - 10 : y) + "px";
};
addEventListener("scroll", () => tip.replaceChildren(), {passive: true});
ISCM.figures = {};
const payload = async id => { await need(`figures/${id}.js`); return ISCM.figures[id]; };

// The geometry that maps share is put where its name stands.
const place = node => Object.entries(node ?? {}).forEach(([k, v]) => v === "$world" ? node[k] = ISCM.world : typeof v === "object" && place(v));

async function draw(figure) {
  const still = $(".chart svg", figure), [data] = await Promise.all([payload(figure.id), need("vega.js")]);
  if (data.world) { await need("figures/world.js"); place(data.spec); }
  const inner = el("div", {"aria-hidden": "true"}), host = el("div", {role: "img", "aria-label": still.getAttribute("aria-label")}, inner);
  const {view} = await vegaEmbed(inner, data.spec, {renderer: "svg", actions: false, defaultStyle: false, tooltip});
  inner.style.aspectRatio = `${still.viewBox.baseVal.width} / ${still.viewBox.baseVal.height}`;  // nothing below moves
  still.replaceWith(host);
  figure.dataset.live = "";
  ISCM.ready?.(figure, view);
  if (!data.choices.length) return;
  const row = el("div", {className: "pick", role: "group", "aria-label": W.highlight}, W.highlight), buttons = data.choices.map(c => el("button", {type: "button", "aria-pressed": "false", value: c.value},
    el("span", {className: "swatch", style: `background:${c.colour}`}), c.label));
  buttons.forEach(b => b.onclick = () => {
    const on = b.getAttribute("aria-pressed") !== "true";
    buttons.forEach(o => o.setAttribute("aria-pressed", on && o === b));
    view.signal("only", on ? b.value : null).run();
  });
  row.append(...buttons);
  $(".tools", figure).prepend(row);
}

for (const figure of $$("figure.fig")) {
  const button = el("button", {type: "button", "aria-expanded": "false", textContent: W.data_table});
  button.onclick = async () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open);
    const old = $(".rows", figure);
    if (old) return void (old.hidden = !open);
    const {columns, rows} = await payload(figure.id);
    figure.append(el("div", {className: "rows", tabIndex: 0, role: "region", "aria-label": W.data_table}, el("table", {},
      el("thead", {}, el("tr", {}, ...columns.map(c => el("th", {scope: "col", textContent: c})))),
      el("tbody", {}, ...rows.map(r => el("tr", {}, ...r.map(v => el("td", {textContent: v ?? "–"}))))))));
  };
  $(".tools", figure).prepend(button);
}
const watch = new IntersectionObserver(seen => seen.forEach(s => {
  if (!s.isIntersecting) return;
  watch.unobserve(s.target);
  draw(s.target).catch(e => console.warn(s.target.id, e));  // the still drawing stays
}), {rootMargin: "200px"});
addEventListener("load", () => setTimeout(() => $$("figure.fig").forEach(f => navigator.connection?.saveData ? f.addEventListener("pointerover", () => draw(f), {once: true}) : watch.observe(f)), 200));
