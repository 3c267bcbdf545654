// The explorer of a page: its controls, the worker that runs the model, and what it answers, said in
// words. All words come from the page's own data (book/_data/explorer.yaml).
(() => {
  const here = document.currentScript.src;
  const STEPS = 200;
  const REST = 400; // ms after the last move at which the state is settled
  const MONTHS = 12;

  for (const root of document.querySelectorAll(".em-explorer")) begin(root);

  function begin(root) {
    const data = JSON.parse(root.querySelector(".em-explorer-data").textContent);
    const { strings, routes } = data;
    const controls = new Map(data.controls.map((one) => [one.id, one]));
    const known = data.known;
    const all = (selector) => [...root.querySelectorAll(selector)];
    const one = (selector) => root.querySelector(selector);
    const is_all = root.dataset.shown === "all";
    const is_file = location.protocol === "file:";
    const can_run = data.present && !is_file;
    let settings = {};
    let past = [];
    let future = [];
    let worker = null;
    let ready = false;
    let asked = 0;
    let told = {}; // what is known of the settings: dates, odds, c_star
    let rest = 0;

    const says = (key, values = {}) =>
      strings[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

    // --- values and scales: as in em_explorer.py ---------------------------------------------------

    const months = (day) => Number(day.slice(0, 4)) * MONTHS + Number(day.slice(5, 7)) - 1;
    const day_of = (n) => `${Math.floor(n / MONTHS)}-${String((n % MONTHS) + 1).padStart(2, "0")}-01`;
    const short = (value, digits = 3) => String(Number(value.toPrecision(digits)));

    function position(c, value) {
      if (c.kind === "date") return months(value);
      if (c.log) return (STEPS * Math.log(value / c.least)) / Math.log(c.most / c.least);
      return value;
    }

    function value_at(c, place) {
      if (c.kind === "date") return day_of(place);
      if (c.log) return Number((c.least * (c.most / c.least) ** (place / STEPS)).toPrecision(2));
      return Number(place.toPrecision(6));
    }

    function month(day, style = "long") {
      const [year, m] = day.split("-").map(Number);
      const date = new Date(Date.UTC(year, m - 1, 1));
      return date.toLocaleDateString("en-GB", { month: style, year: "numeric", timeZone: "UTC" });
    }

    function shown(c, value) {
      if (c.names) return c.names[value] ?? value;
      if (typeof value === "boolean") return value ? "yes" : "no";
      if (c.kind === "date") return month(value);
      if (c.percent) return `${short(100 * value)} %`;
      return `${short(value)} ${c.unit ?? ""}`.trim();
    }

    const label = (id) => controls.get(id)?.label ?? id;
    const set_of = (id, value) => `${label(id)}: ${controls.has(id) ? shown(controls.get(id), value) : value}`;
    const central = (id) => (controls.has(id) ? controls.get(id).value : known[id]);

    // --- what is set -------------------------------------------------------------------------------

    function move(changes, { keep = true } = {}) {
      const before = settings;
      settings = { ...settings };
      for (const [id, value] of Object.entries(changes))
        if (value === undefined || value === central(id)) delete settings[id];
        else settings[id] = value;
      if (JSON.stringify(before) === JSON.stringify(settings)) return;
      if (keep) {
        past.push(before);
        future = [];
      }
      changed();
    }

    function back(from, to) {
      if (!from.length) return;
      to.push(settings);
      settings = from.pop();
      changed();
    }

    function changed() {
      show_controls();
      clearTimeout(rest);
      rest = setTimeout(() => history.replaceState(null, "", address()), REST);
      ask();
    }

    const write = (value) => (value === null ? "" : String(value));

    function address() {
      const query = Object.keys(settings)
        .sort()
        .map((id) => `${id}=${encodeURIComponent(write(settings[id]))}`)
        .join("&");
      const to = new URL(location.href);
      to.search = query;
      return to.href;
    }

    function read(id, text) {
      if (text === "") return null;
      if (text === "true" || text === "false") return text === "true";
      return /^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    }

    function from_address() {
      const found = {};
      for (const [id, text] of new URLSearchParams(location.search))
        if (/^\w+(\.\w+)+$/.test(id)) found[id] = read(id, text);
      return found;
    }

    // --- controls ----------------------------------------------------------------------------------

    function show_controls() {
      for (const box of all(".em-x-control")) {
        const c = controls.get(box.dataset.id);
        const value = settings[c.id] ?? c.value;
        const input = box.querySelector("input, select");
        const moved = c.id in settings;
        box.classList.toggle("em-x-set", moved);
        box.querySelector(".em-x-reset").hidden = !moved;
        if (input.type === "checkbox") input.checked = value;
        else if (c.names) input.value = value;
        else {
          if (document.activeElement !== input || value_at(c, Number(input.value)) !== value)
            input.value = position(c, value);
          input.setAttribute("aria-valuetext", shown(c, value));
          box.querySelector("output").textContent = shown(c, value);
        }
      }
      for (const button of all("[data-preset]"))
        button.setAttribute("aria-pressed", String(holds(data.presets[button.dataset.preset].set)));
      for (const tick of all("[data-objection]"))
        tick.checked = holds(data.objections[tick.dataset.objection].set);
      const country = one("[data-country]");
      if (country) country.value = settings["owned.country_left_out"] ?? "";
      one("[data-do=undo]").disabled = !past.length;
      one("[data-do=redo]").disabled = !future.length;
      one("[data-do=reset_all]").disabled = !Object.keys(settings).length;
    }

    const holds = (change) => Object.entries(change).every(([id, value]) => (settings[id] ?? central(id)) === value);

    function toggle(change) {
      const entries = Object.entries(change);
      move(holds(change) ? Object.fromEntries(entries.map(([id]) => [id, undefined])) : change);
    }

    for (const box of all(".em-x-control")) {
      const c = controls.get(box.dataset.id);
      const input = box.querySelector("input, select");
      let held = false; // one drag is one step back
      input.addEventListener("input", () => {
        const value = input.type === "checkbox" ? input.checked : c.names ? input.value : value_at(c, Number(input.value));
        move({ [c.id]: value }, { keep: !held });
        held = input.type === "range";
      });
      input.addEventListener("change", () => (held = false));
      box.querySelector(".em-x-reset").addEventListener("click", () => {
        move({ [c.id]: undefined });
        input.focus();
      });
    }
    for (const button of all("[data-preset]"))
      button.addEventListener("click", () => toggle(data.presets[button.dataset.preset].set));
    for (const tick of all("[data-objection]"))
      tick.addEventListener("change", () => toggle(data.objections[tick.dataset.objection].set));
    one("[data-country]")?.addEventListener("change", ({ target }) =>
      move({ "owned.country_left_out": target.value || undefined }),
    );
    if (is_all)
      for (const link of document.querySelectorAll('a[href*="explorer.html?"]'))
        link.addEventListener("click", (event) => {
          event.preventDefault();
          const query = new URL(link.href).searchParams;
          move(Object.fromEntries([...query].map(([id, text]) => [id, read(id, text)])));
          root.scrollIntoView();
        });

    // --- the worker --------------------------------------------------------------------------------

    function load() {
      if (!can_run || worker) return;
      say(says("loading"));
      one(".em-x-begin").disabled = true;
      worker = new Worker(new URL("explorer/worker.mjs", here), { type: "module" });
      worker.addEventListener("error", (event) => failed(event.message ?? ""));
      worker.addEventListener("message", ({ data: heard }) => hear(heard));
      worker.postMessage({ type: "load" });
    }

    function failed(why) {
      worker?.terminate();
      worker = null;
      ready = false;
      say(says("failed", { why }));
      const button = one(".em-x-begin");
      button.hidden = button.disabled = false;
      button.textContent = says("again");
    }

    function hear(heard) {
      if (heard.failed) return failed(heard.failed);
      if (heard.progress) return say(`${says("loading")} ${Math.round(100 * heard.progress)} %`);
      if (heard.ready) {
        ready = true;
        one(".em-x-begin").hidden = true;
        say(says("ready"));
        root.dataset.state = "ready";
        return ask();
      }
      if (heard.id !== asked) return;
      if (heard.backwards) return solved(heard.backwards);
      if (heard.error) say(heard.error);
      if (heard.end || heard.error) return settle();
      told = { ...told, ...heard };
      show();
    }

    function ask() {
      if (!worker) load();
      told = {};
      if (!ready) return;
      if (!Object.keys(settings).length) {
        asked++;
        worker.postMessage({ id: asked, request: { settings: {} } });
      } else {
        asked++;
        root.dataset.state = "asking";
        worker.postMessage({ id: asked, request: { settings } });
      }
    }

    function settle() {
      root.dataset.state = "settled";
      const line = (key) => one(`[data-line=${key}]`);
      const text = (key) => `${line(key).querySelector("dt").textContent}: ${line(key).querySelector("dd").textContent.trim()}`;
      one(".em-x-spoken").textContent = says("spoken", {
        before: text("headline_odds"),
        by: text("headline_by"),
        plan: text("headline_plan"),
      });
    }

    function say(text) {
      one(".em-x-note").textContent = text;
    }

    // --- results -----------------------------------------------------------------------------------

    const odds_text = (p) => says("out_of", { odds: Math.round(100 * p) });

    function off_odds(now, before) {
      const points = Math.round(100 * now) - Math.round(100 * before);
      const book = says("book", { value: Math.round(100 * before) });
      if (!points) return says("as_book");
      return `${book}, ${says(points > 0 ? "more" : "fewer", { points: Math.abs(points) })}`;
    }

    function off_months(later, before) {
      if (later === null || later === undefined)
        return before === "never" ? says("as_book") : says("book", { value: before === "never" ? says("never") : month(before) });
      const n = Math.round(Math.abs(later));
      if (!n) return says("as_book");
      const words = says(later > 0 ? "later" : "sooner", { months: n });
      return `${says("book", { value: month(before) })}, ${words}`;
    }

    function line(key, value, off, error) {
      const box = one(`[data-line=${key}]`);
      box.querySelector("strong").textContent = value;
      const give = error === undefined ? "" : ` ${says("give_or_take", { error: Math.max(1, Math.round(100 * error)) })}`;
      box.querySelector(".em-x-off").textContent = [off, give.trim()].filter(Boolean).join("; ");
    }

    const named_day = (day, style) => (day === "never" ? says("never") : month(day, style));

    function show() {
      const central_run = !Object.keys(settings).length;
      const { dates, odds, c_star } = told;
      const ours = routes.owned;
      if (dates && !central_run) {
        const found = dates.routes.owned;
        line("headline_plan", named_day(found.date), off_months(found.months_later, ours.date));
      } else if (central_run) line("headline_plan", named_day(ours.date), "");
      if (odds && !central_run) {
        line("headline_odds", odds_text(odds.before_campus[0]), off_odds(odds.before_campus[0], data.before.odds), odds.before_campus[1]);
        const by = odds.routes.owned.by["2030"];
        line("headline_by", odds_text(by[0]), off_odds(by[0], ours.by["2030"]), by[1]);
        const lag = odds.frontier_months;
        line("headline_lag", lag === null ? says("no_date") : says("months", { months: Math.round(lag) }), lag_off(lag));
      } else if (central_run) {
        line("headline_odds", odds_text(data.before.odds), "");
        line("headline_by", odds_text(ours.by["2030"]), "");
        line("headline_lag", typeof data.lag === "number" ? says("months", { months: Math.round(data.lag) }) : says("no_date"), "");
      }
      if (c_star && !central_run) line("headline_star", star(c_star), star_off(c_star));
      else if (central_run) line("headline_star", star({ flop: data.c_star, at_least: false }), "");
      one(".em-x-drawn").textContent = central_run || !odds ? "" : odds.n < data.n ? says("drawing", { n: odds.n, all: data.n }) : says("drawn", { all: data.n });
      one(".em-x-moved").textContent = central_run ? says("central") : set_text(dates);
      for (const row of all("tr[data-route]")) show_route(row, central_run);
      root.classList.toggle("em-x-waiting", !central_run && !odds);
    }

    function set_text(dates) {
      const list = Object.entries(settings);
      const all_set = list.slice(0, 8).map(([id, value]) => set_of(id, value)).join("; ");
      const more = list.length > 8 ? ` … (${list.length})` : "";
      const most = dates?.moved_most && list.length > 1 ? ` ${says("moved_most", { what: label(dates.moved_most) })}` : "";
      return `${says("changed")} ${all_set}${more}.${most}`;
    }

    function lag_off(lag) {
      if (typeof data.lag !== "number" || lag === null) return "";
      const off = Math.round(lag) - Math.round(data.lag);
      return off ? says("book", { value: Math.round(data.lag) }) : says("as_book");
    }

    function star({ flop, at_least }) {
      if (!flop) return says("none");
      return says(at_least ? "at_least" : "flop", { flop: flop.toExponential(1).replace("e+", "e") });
    }

    const star_off = (found) =>
      Math.abs(found.flop / data.c_star - 1) < 0.02 ? says("as_book") : says("book", { value: star({ flop: data.c_star }) });

    function show_route(row, central_run) {
      const name = row.dataset.route;
      const route = routes[name];
      const [, plan, likely, bar] = row.children;
      const found = told.dates?.routes[name];
      plan.textContent = named_day(central_run || !found ? route.date : found.date, "short");
      const drawn = central_run ? null : told.odds?.routes[name];
      likely.textContent = named_day(drawn ? drawn.likely : route.likely, "short");
      const parts = data.years.map((year) => (drawn ? drawn.by[year][0] : route.by[year]));
      const box = bar.firstElementChild;
      const dark = document.documentElement.dataset.theme === "dark";
      box.style.setProperty("--route", route.colour[dark ? 1 : 0]);
      box.replaceChildren();
      let before = 0;
      parts.forEach((p, at) => {
        const piece = document.createElement("span");
        piece.style.width = `${100 * Math.max(0, p - before)}%`;
        piece.dataset.at = at;
        if (p - before > 0.07) piece.textContent = Math.round(100 * p);
        box.append(piece);
        before = p;
      });
      const rest_of = document.createElement("span");
      rest_of.className = "em-x-never";
      rest_of.style.width = `${100 * (1 - before)}%`;
      box.append(rest_of);
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", data.years.map((year, at) => `${year}: ${Math.round(100 * parts[at])}`).join(", "));
    }

    // --- backwards ---------------------------------------------------------------------------------

    const form = one(".em-x-backwards");
    let question = null;
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      const found = new FormData(form);
      question = {
        solve: found.get("solve"),
        odds: Number(found.get("odds")) / 100,
        if_granted: found.get("granted") === "on",
        settings: { ...settings },
        ...{ "owned.share": { better: 1, worse: 0.001 }, "race.decision_date": { better: "2026-07-01", worse: "2036-01-01" } }[found.get("solve")],
      };
      delete question.settings[question.solve];
      if (!ready) return load();
      one(".em-x-solved").textContent = says("asking");
      asked++;
      worker.postMessage({ id: asked, request: question });
    });

    function solved(found) {
      if (!found.done) return;
      const odds = Math.round(100 * question.odds);
      const key = { "owned.share": "solved_share", "race.decision_date": "solved_date", "owned.never_granted": "solved_refusal" }[question.solve];
      let text;
      if (found.value === null)
        text = says(question.if_granted ? "unsolved" : "unsolved_refused", { odds, best: Math.round(100 * found.best) });
      else {
        const c = controls.get(question.solve);
        const value = question.solve === "owned.never_granted" ? Math.round(100 * found.value) : shown(c, found.value);
        text = says(key, { value, odds });
      }
      one(".em-x-solved").textContent = text;
    }

    // --- taking it away ----------------------------------------------------------------------------

    const tools = {
      undo: () => back(past, future),
      redo: () => back(future, past),
      reset_all: () => move(Object.fromEntries(Object.keys(settings).map((id) => [id, undefined]))),
      copy: async () => {
        history.replaceState(null, "", address());
        await navigator.clipboard?.writeText(location.href).catch(() => null);
        say(`${says("copied")} ${location.href}`);
      },
      export: () => save("euromesh-settings.yaml", "text/yaml", yaml()),
      picture: () => save("euromesh-settings.svg", "image/svg+xml", picture()),
    };
    for (const button of all("[data-do]")) button.addEventListener("click", () => tools[button.dataset.do]());

    function yaml() {
      const value = (v) => (v === null ? "null" : typeof v === "string" ? `'${v}'` : typeof v === "number" ? plain(v) : v);
      return Object.keys(settings).sort().map((id) => `${id}: ${value(settings[id])}\n`).join("") || "{}\n";
    }

    // YAML 1.1 reads 1e26 as a text
    const plain = (v) => (/e/.test(String(v)) ? v.toExponential().replace(/^(-?\d+)e/, "$1.0e") : String(v));

    function save(name, type, text) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }

    function picture() {
      const escape = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
      const rows = all(".em-x-line").map((box) => [box.querySelector("dt").textContent, box.querySelector("dd").textContent.trim()]);
      const set = Object.entries(settings).map(([id, value]) => set_of(id, value));
      const lines = [[document.title, "", 20], ...rows.map(([a, b]) => [a, b, 15]), [says("changed"), "", 15], ...set.map((s) => ["", s, 14])];
      let y = 24;
      const texts = lines.map(([a, b, size]) => {
        y += size + 14;
        return `<text x="24" y="${y}" font-size="${size}" font-weight="${a && !b ? 600 : 400}">${escape(a)}</text><text x="430" y="${y}" font-size="${size}">${escape(b)}</text>`;
      });
      const note = says("picture_note", { evidence: data.evidence, address: address() });
      return `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="${y + 60}" font-family="Inter, Arial, sans-serif" fill="#1b2733"><rect width="100%" height="100%" fill="#fff"/>${texts.join("")}<text x="24" y="${y + 40}" font-size="11" fill="#55616e">${escape(note)}</text></svg>`;
    }

    // --- begin -------------------------------------------------------------------------------------

    one(".em-x-tools").hidden = false;
    const button = one(".em-x-begin");
    if (can_run) {
      button.textContent = says(is_all ? "begin" : "begin_short", { megabytes: data.megabytes });
      button.hidden = false;
      button.addEventListener("click", load);
    } else if (data.present) say(says("from_file"));
    for (const input of all(".em-x-control input, .em-x-control select, .em-x-presets button, .em-x-presets input"))
      input.disabled = !can_run;
    new MutationObserver(show).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    settings = can_run ? from_address() : {};
    for (const id of Object.keys(settings)) if (settings[id] === central(id)) delete settings[id];
    show_controls();
    show();
    if (Object.keys(settings).length && (is_all || new URL(location.href).search)) load();
  }
})();
