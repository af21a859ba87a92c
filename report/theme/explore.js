// The pages to explore with: what is shown stands in the address, so that it can be shared.
{
const {$, $$, el, data: D} = ISCM, W = D.words;
const page = location.pathname.split("/").pop().replace(".html", "");
const out = $("#out"), fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, k) => values[k]);
const params = new URLSearchParams(location.search || location.hash.slice(1));
function address(values) {
  const text = new URLSearchParams(Object.entries(values).filter(([, v]) => v)).toString();
  try { history.replaceState(null, "", text ? "?" + text : location.pathname.split("/").pop()); } catch { location.hash = text; }
}
const table = (head, rows) => {
  const side = head.map((_, i) => rows.every(r => /^[\d,]+$/.test(r[i])) ? "num" : "");
  return el("div", {className: "scroll"}, el("table", {}, el("thead", {}, el("tr", {}, ...head.map((h, i) => el("th", {scope: "col", className: side[i]}, h)))),
    el("tbody", {}, ...rows.map(r => el("tr", {}, ...r.map((c, i) => el(i ? "td" : "th", i ? {className: side[i]} : {scope: "row"}, c ?? W.dash)))))));
};
const link = id => { const m = D.mechanisms[id]; return m.page ? el("a", {href: ISCM.up + m.page}, m.mechanism) : m.mechanism; };
const badge = c => c ? el("span", {className: c}, c) : W.dash;
const facts = list => el("dl", {className: "facts"}, ...list.map(([k, v]) => el("div", {}, el("dt", {}, k), el("dd", {}, v))));
const joined = nodes => nodes.flatMap((n, i) => i ? [", ", n] : [n]);
const titled = text => document.title = text + " – " + document.title.split(" – ").pop();

const pages = {
  state() {
    const S = D.states, plain = t => t.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
    const names = new Map(Object.entries(S).flatMap(([k, s]) => [[plain(s.n), k], [plain(s.es), k], [k.toLowerCase(), k]]));
    const code = text => { const t = plain(text); return t ? names.get(t) ?? (t.length > 2 ? [...names].find(([n]) => n.startsWith(t))?.[1] : undefined) : undefined; };
    $("#names").append(...Object.values(S).map(s => el("option", {value: s.n})));
    const now = k => S[k].m.filter(r => r[3] === null && r[4] === "member").map(r => r[0]);
    const tables = (a, b) => now(a).filter(m => D.mechanisms[m].alive && now(b).includes(m));
    const since = ([, y, a]) => a < y ? fill(W.between, {a, y}) : String(y);
    const one = $("#s"), two = $("#with");
    function show() {
      const a = code(one.value), b = code(two.value);
      out.replaceChildren();
      if (!a) return void (one.value.trim() && out.append(el("p", {}, W.unknown)));
      const s = S[a], partners = Object.keys(S).filter(k => k !== a).map(k => [k, tables(a, k).length]).filter(p => p[1]).sort((p, q) => q[1] - p[1]);
      address({s: a, with: b});
      titled(s.n);
      out.append(el("h2", {}, s.n), facts([[W.mechanisms_now, new Set(now(a)).size], [W.partners, partners.length], ...s.un ? [[W.member_since_un, s.un]] : []]));
      if (b && b !== a) {
        const t = tables(a, b), n = t.length;
        out.append(el("p", {}, el("b", {}, fill(n > 1 ? W.share : n ? W.share_one : W.share_none, {a: s.n, b: S[b].n, n})), ...n ? [": ", ...joined(t.map(link))] : [], ". "));
      } else if (partners.length) {
        out.append(el("p", {}, W.most, partners.slice(0, 5).map(([k, n]) => `${S[k].n} (${n})`).join(", "), "."));
      }
      out.append(s.m.length ? table(W.head, s.m.map(r => {
        const m = D.mechanisms[r[0]];
        return [link(r[0]), `${W[r[4]]}${r[3] === null ? "" : ", " + fill(W.until, {y: r[3]})}`, since(r), m.class_2013 ? badge(m.class_2013) : m.class_now ? el("span", {}, badge(m.class_now), W.now) : null, m.last, m.status];
      })) : el("p", {}, W.none));
      out.append(el("p", {className: "note"}, W.table_rule));
      if (s.c) out.append(el("h3", {}, W.corridors), el("div", {className: "pair"}, ...["out", "in"].filter(k => s.c[k]).map(k => el("div", {},
        el("p", {className: "note"}, fill(W[k], {a: s.n, n: s.c[k].n.toLocaleString("en-GB"), p: Math.round(100 * s.c[k].share)})),
        table(W.corridor_head, s.c[k].rows.map(([o, n, x]) => [S[o]?.n ?? o, n.toLocaleString("en-GB"), x ? W.yes : W.no]))))),
        el("p", {className: "note"}, fill(W.corridor_note, {y: D.stock_year})));
      const rows = D.treaties.map((t, i) => [t.name, s.t?.[i] ? W.status[s.t[i][0]] : W.missing, s.t?.[i]?.[1], t.until]), half = Math.ceil(rows.length / 2);
      if (s.t) out.append(el("h3", {}, W.treaties), el("div", {className: "pair"}, table(W.treaty_head, rows.slice(0, half)), table(W.treaty_head, rows.slice(half))));
    }
    one.oninput = two.oninput = show;
    const start = (k, box) => { const c = (params.get(k) || "").toUpperCase(); if (S[c]) box.value = S[c].n; };
    start("s", one); start("with", two);
    if (!one.value && S[location.hash.slice(1).toUpperCase()]) one.value = S[location.hash.slice(1).toUpperCase()].n;
    show();
  },
  compare() {
    const M = D.mechanisms, [one, two] = [$("#a"), $("#b")];
    const members = id => Object.keys(D.states).filter(k => D.states[k].m.some(r => r[0] === id && r[3] === null && r[4] === "member"));
    function show() {
      const [a, b] = [one.value, two.value];
      out.replaceChildren();
      if (a === b) return void out.append(el("p", {}, W.same));
      address({a, b});
      titled(`${M[a].mechanism}, ${M[b].mechanism}`);
      const value = (id, k) => k === "mechanism" ? link(id) : k.startsWith("class") ? badge(M[id][k]) : k === "themes" ? String(M[id].themes.length) : M[id][k] === null ? W.dash : String(M[id][k]);
      const keys = Object.keys(D.columns);
      out.append(table([D.columns.mechanism, link(a), link(b)], keys.filter(k => k !== "mechanism").map(k => [D.columns[k], value(a, k), value(b, k)])));
      const sets = (title, x, y, name) => {
        const both = x.filter(v => y.includes(v)), groups = [[fill(W.both, {n: both.length}), both],
          ...[[a, x, y], [b, y, x]].map(([id, p, q]) => { const rest = p.filter(v => !q.includes(v)); return [fill(W.only, {x: M[id].mechanism, n: rest.length}), rest]; })];
        out.append(el("h2", {}, title), ...groups.flatMap(([h, list]) => [el("h3", {}, h), el("p", {}, list.map(name).sort().join(", ") || W.dash)]));
        return both.length;
      };
      const x = members(a), y = members(b), n = sets(W.members, x, y, k => D.states[k].n);
      if (x.length && y.length) out.append(el("p", {className: "note"}, `${W.overlap}: ${Math.round(100 * n / Math.min(x.length, y.length))} %`));
      sets(W.themes, M[a].themes, M[b].themes, t => t);
    }
    one.value = M[params.get("a")] ? params.get("a") : one.options[0].value;
    two.value = M[params.get("b")] ? params.get("b") : one.options[1].value;
    one.onchange = two.onchange = show;
    show();
  },
  mechanisms() {
    const rows = $$("#table tbody tr"), selects = $$("#ask select"), heads = $$("#table thead th");
    function filter() {
      for (const r of rows) r.hidden = !selects.every(s => !s.value || r.getAttribute('data-' + s.name.replace('_', '-')).split('|').includes(s.value));
      $("#count").textContent = fill(W.rows, {n: rows.filter(r => !r.hidden).length, all: rows.length});
      address(Object.fromEntries(selects.map(s => [s.name, s.value])));
    }
    selects.forEach(s => { const v = params.get(s.name); if ([...s.options].some(o => o.value === v)) s.value = v; s.onchange = filter; });
    $$("#columns input").forEach(c => c.onchange = () => {
      const i = heads.findIndex(h => h.dataset.column === c.value);
      [heads[i], ...rows.map(r => r.cells[i])].forEach(x => x.hidden = !c.checked);
      dispatchEvent(new Event("resize"));
    });
    heads.forEach((h, i) => {
      const b = el("button", {type: "button"}, ...h.childNodes);
      h.append(b);
      h.setAttribute("aria-sort", "none");
      b.onclick = () => {
        const up = h.getAttribute("aria-sort") !== "ascending", key = r => r.cells[i].dataset.key, sign = up ? 1 : -1;
        heads.forEach(o => o.setAttribute("aria-sort", o === h ? (up ? "ascending" : "descending") : "none"));
        rows.sort((p, q) => !key(p) - !key(q) || sign * key(p).localeCompare(key(q), "en", {numeric: true}));  // what is not known stands last
        $("#table tbody").append(...rows);
      };
    });
    filter();
  },
  map() {
    const pick = $("#pick");
    let view;
    const show = () => { view?.signal("pick", pick.value || null).run(); address({pick: pick.value}); };
    if (D.mechanisms[params.get("pick")]) pick.value = params.get("pick");
    pick.onchange = show;
    ISCM.ready = (_, drawn) => {
      view = drawn;
      if (pick.value) show();
      view.addEventListener("click", (_, item) => { const id = item?.datum?.id; if (D.mechanisms[id]) { pick.value = pick.value === id ? "" : id; show(); } });
    };
  },
};
pages[page]?.();
}
