// The explorer of a page: its controls, the worker that runs the model, and what it answers, said in
// words. All words come from the page's own data (book/_data/explorer.yaml). The page stands whole
// without this script, with the numbers of the book.
(() => {
  const here = document.currentScript.src;
  const STEPS = 200; // of a slider on a scale of factors
  const REST = 400; // ms after the last move at which the address is written
  const MONTHS = 12;
  const ROOM = 0.07; // of a bar for a number
  const TOLD = 8; // settings that are told one by one
  const ENDS = {
    "owned.share": { better: 1, worse: 0.001 },
    "race.decision_date": { better: "2026-07-01", worse: "2036-01-01" },
  };
  const SOLVED = {
    "owned.share": "solved_share",
    "race.decision_date": "solved_date",
    "owned.never_granted": "solved_refusal",
  };

  for (const root of document.querySelectorAll(".em-explorer")) begin(root);

  function begin(root) {
    const data = JSON.parse(root.querySelector(".em-explorer-data").textContent);
    const { strings, routes, known, labels, presets, objections } = data;
    const controls = new Map(data.controls.map((one) => [one.id, one]));
    const all = (selector) => [...root.querySelectorAll(selector)];
    const one = (selector) => root.querySelector(selector);
    const is_all = root.dataset.shown === "all";
    const can_run = data.present && location.protocol !== "file:";
    let settings = {};
    let past = [];
    let future = [];
    let worker = null;
    let ready = false;
    let asked = 0;
    let told = {}; // what is known of the settings: dates, odds, c_star
    let rest = 0;

    const says = (key, values = {}) => strings[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
    const say = (text) => (one(".em-x-note").textContent = text);

    // --- values and scales: as in em_explorer.py ---------------------------------------------------

    const months = (day) => Number(day.slice(0, 4)) * MONTHS + Number(day.slice(5, 7)) - 1;
    const day_of = (n) => `${Math.floor(n / MONTHS)}-${String((n % MONTHS) + 1).padStart(2, "0")}-01`;
    const short = (value) => String(Number(value.toPrecision(3)));
    const percent = (p) => Math.floor(100 * p + 0.5);
    const counted = (n) => says(n === 1 ? "month" : "months", { n });

    function position(c, value) {
      if (c.kind === "date") return months(value);
      if (c.log) return (STEPS * Math.log(Math.max(value, c.least) / c.least)) / Math.log(c.most / c.least);
      return value;
    }

    function value_at(c, place) {
      if (c.kind === "date") return day_of(place);
      if (c.log) return Number((c.least * (c.most / c.least) ** (place / STEPS)).toPrecision(2));
      return Number(place.toPrecision(6));
    }

    function month(day, is_short = false) {
      const name = new Date(day).toLocaleDateString("en-GB", { month: "long", timeZone: "UTC" });
      return `${is_short ? name.slice(0, 3) : name} ${day.slice(0, 4)}`;
    }

    const named_day = (day, is_short) => (day === "never" ? says("never") : month(day, is_short));

    function shown(c, value) {
      if (value === null) return says("none");
      if (c.names) return c.names[value] ?? String(value).replaceAll("_", " ");
      if (typeof value === "boolean") return value ? "yes" : "no";
      if (c.kind === "date" && !Number.isNaN(Date.parse(value))) return month(value);
      if (typeof value === "string") return value;
      const number = short(c.percent ? 100 * value : value);
      const unit = number === "1" && c.one ? c.one : c.unit || (c.percent ? "%" : "");
      return `${number} ${unit}`.replace(" ×", "×").trim();
    }

    const about = (id) => controls.get(id) ?? labels[id] ?? { label: id };
    const label = (id) => about(id).label;
    const central = (id) => (controls.has(id) ? controls.get(id).value : known[id]);
    const set_of = (id, value) => `${label(id)}: ${shown(about(id), value)}`;

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

    const is_moved = () => Object.keys(settings).length > 0;
    const scenarios = new Map(presets.filter((one) => one.scenario).map((one) => [one.scenario, one.set]));
    const value_in = (change, id) => (id in change ? change[id] : central(id));
    const apart = (change) =>
      Object.keys({ ...change, ...settings }).filter((id) => value_in(settings, id) !== value_in(change, id));

    /** The scenario from which what is set is told in the fewest words, if any, and what differs. */
    function nearest() {
      const cost = ([name, ids]) => ids.length + (name ? 1 : 0);
      return [["", {}], ...scenarios]
        .map(([name, change]) => [name, apart(change).sort()])
        .reduce((best, one) => (cost(one) < cost(best) ? one : best));
    }

    function query() {
      const [scenario, ids] = nearest();
      const parts = ids.map((id) => `${id}=${encodeURIComponent(value_in(settings, id) ?? "")}`);
      return [...(scenario ? [`scenario=${scenario}`] : []), ...parts].join("&");
    }

    function address() {
      const to = new URL(location.href);
      to.search = query();
      return to.href;
    }

    function read(id, text) {
      if (text === "") return null;
      if (about(id).kind === "date") return text;
      if (text === "true" || text === "false") return text === "true";
      return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    }

    function read_query(search) {
      const asked = new URLSearchParams(search);
      const name = asked.get("scenario");
      if (name !== null && !scenarios.has(name)) say(says("no_scenario", { name, names: [...scenarios.keys()].join(", ") }));
      const found = { ...scenarios.get(name) };
      for (const [id, text] of asked) {
        if (/^\w+(\.\w+)+$/.test(id)) found[id] = read(id, text);
      }
      return Object.fromEntries(Object.entries(found).filter(([id, value]) => value !== central(id)));
    }

    // --- controls ----------------------------------------------------------------------------------

    function show_controls() {
      for (const box of all(".em-x-control")) show_control(box, controls.get(box.dataset.id));
      for (const button of all("[data-preset]"))
        button.setAttribute("aria-pressed", String(holds(presets[button.dataset.preset].set)));
      for (const tick of all("[data-objection]")) tick.checked = holds(objections[tick.dataset.objection].set);
      if (is_all) one("[data-country]").value = settings["owned.country_left_out"] ?? "";
      else one("[data-all]").href = is_moved() ? `explorer.html?${query()}` : "explorer.html";
      const can = { undo: past.length, redo: future.length, reset_all: is_moved() };
      for (const [name, is_on] of Object.entries(can)) one(`[data-do=${name}]`).disabled = !is_on;
    }

    function show_control(box, c) {
      const value = settings[c.id] ?? c.value;
      const input = box.querySelector("input, select");
      box.classList.toggle("em-x-set", c.id in settings);
      box.querySelector(".em-x-reset").hidden = !(c.id in settings);
      if (input.type === "checkbox") input.checked = value;
      else if (c.names) input.value = value;
      else {
        if (value_at(c, Number(input.value)) !== value) input.value = position(c, value);
        input.setAttribute("aria-valuetext", shown(c, value));
        box.querySelector("output").textContent = shown(c, value);
      }
    }

    const holds = (change) => Object.entries(change).every(([id, value]) => (settings[id] ?? central(id)) === value);

    function toggle(change) {
      const cleared = Object.fromEntries(Object.keys(change).map((id) => [id, undefined]));
      move(holds(change) ? cleared : change);
    }

    function listen() {
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
        button.addEventListener("click", () => toggle(presets[button.dataset.preset].set));
      for (const tick of all("[data-objection]"))
        tick.addEventListener("change", () => toggle(objections[tick.dataset.objection].set));
      one("[data-country]")?.addEventListener("change", ({ target }) =>
        move({ "owned.country_left_out": target.value || undefined }),
      );
      for (const tool of all("[data-do]")) tool.addEventListener("click", () => tools[tool.dataset.do]());
      one(".em-x-backwards")?.addEventListener("submit", solve);
      one(".em-x-take")?.addEventListener("click", take);
      for (const link of is_all ? document.querySelectorAll('a[href*="explorer.html?"]') : [])
        link.addEventListener("click", (event) => {
          event.preventDefault();
          move({ ...Object.fromEntries(Object.keys(settings).map((id) => [id, undefined])), ...read_query(link.search) });
          root.scrollIntoView();
          (one(".em-x-set input, .em-x-set select") ?? one(".em-x-control input")).focus({ preventScroll: true });
        });
    }

    // --- the worker --------------------------------------------------------------------------------

    function load() {
      if (!can_run || worker) return;
      say(says("loading", { percent: 0 }));
      one(".em-x-begin").hidden = true;
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
      button.hidden = false;
      button.textContent = says("again");
    }

    function hear(heard) {
      if (heard.failed) return failed(heard.failed);
      if (heard.progress) return say(says("loading", { percent: Math.round(100 * heard.progress) }));
      if (heard.ready) return begun();
      if (heard.id !== asked) return;
      if (heard.error) return refused(heard.error);
      if (heard.backwards) return solved(heard.backwards);
      if (heard.end) return settle();
      if (!is_moved()) return;
      told = { ...told, ...heard };
      show();
    }

    function begun() {
      ready = true;
      one(".em-x-begin").hidden = true;
      say(says("ready"));
      root.dataset.state = "ready";
      if (question) send_question();
      else ask();
    }

    /** Ask what the settings lead to; without any, the page knows it. */
    function ask() {
      told = {};
      question = null;
      if (is_all) say_solved("");
      one(".em-x-tools").hidden = !can_run;
      if (is_moved()) load();
      asked++;
      root.dataset.state = is_moved() ? "asking" : "settled";
      show();
      if (ready) worker.postMessage({ id: asked, request: { settings } });
    }

    /** What cannot be set is not: the settings go back a step, or to those of the book. */
    function refused(why) {
      settings = past.pop() ?? {};
      changed();
      say(says("refused", { why }));
    }

    function settle() {
      root.dataset.state = "settled";
      const text = (key) => {
        const box = one(`[data-line=${key}]`);
        return `${box.querySelector("dt").textContent}: ${[...box.querySelector("dd").children].map((part) => part.textContent).filter(Boolean).join(", ")}`;
      };
      if (is_moved())
        one(".em-x-spoken").textContent = says("spoken", {
          before: text("headline_odds"),
          by: text("headline_by"),
          plan: text("headline_plan"),
        });
    }

    // --- results -----------------------------------------------------------------------------------

    const odds_text = (p) => says("out_of", { odds: percent(p) });
    const power = (flop) => {
      const [mantissa, exponent] = flop.toExponential(1).split("e+");
      return `${mantissa} × 10${[...exponent].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`;
    };
    const star = ({ flop, at_least }) =>
      flop > 0 ? says(at_least ? "at_least" : "flop", { flop: power(flop) }) : says("none");
    const lag_text = (lag) => (typeof lag === "number" ? counted(Math.round(lag)) : says("no_date"));

    function off_number(now, before, more, fewer, told_as = String) {
      const off = Math.round(now) - Math.round(before);
      return off ? says(off > 0 ? more : fewer, { much: told_as(Math.abs(off)) }) : says("as_book");
    }

    function off_odds(now, before) {
      return off_number(percent(now), percent(before), "more", "fewer");
    }

    function off_day(found, before) {
      if (found.date === before) return says("as_book");
      const later = found.months_later;
      if (typeof later !== "number") return says("book", { value: named_day(before) });
      return off_number(later, 0, "later", "sooner", counted);
    }

    function off_lag(now, before) {
      if (typeof now === "number" && typeof before === "number") return off_number(now, before, "more", "fewer", counted);
      return lag_text(now) === lag_text(before) ? says("as_book") : says("book", { value: lag_text(before) });
    }

    function off_star(found) {
      const book = star({ flop: data.c_star });
      return star(found) === book ? says("as_book") : says("book", { value: book });
    }

    /** What a line says: its value, how far it is from the book, and how well it is known. */
    function line(key, [value, off, error]) {
      const box = one(`[data-line=${key}]`);
      const give = error === undefined ? "" : says("give_or_take", { error: Math.max(1, percent(error)) });
      box.classList.toggle("em-x-off-book", Boolean(off) && off !== says("as_book"));
      box.querySelector("strong").textContent = value;
      box.querySelector(".em-x-off").textContent = off;
      box.querySelector(".em-x-error").textContent = give;
    }

    function lines() {
      const { owned } = routes;
      if (!is_moved())
        return {
          headline_odds: [odds_text(data.before.odds), ""],
          headline_by: [odds_text(owned.by[data.year]), ""],
          headline_plan: [named_day(owned.date), ""],
          headline_lag: [lag_text(data.lag), ""],
          headline_star: [star({ flop: data.c_star }), ""],
        };
      const { dates, odds, c_star } = told;
      const found = {};
      if (dates) found.headline_plan = [named_day(dates.routes.owned.date), off_day(dates.routes.owned, owned.date)];
      if (odds) {
        const [p, error] = odds.before_campus;
        const [by, by_error] = odds.routes.owned.by[data.year];
        found.headline_odds = [odds_text(p), off_odds(p, data.before.odds), error];
        found.headline_by = [odds_text(by), off_odds(by, owned.by[data.year]), by_error];
        found.headline_lag = [lag_text(odds.frontier_months), off_lag(odds.frontier_months, data.lag)];
      }
      if (c_star) found.headline_star = [star(c_star), off_star(c_star)];
      return found;
    }

    /** Show what is known; a line that waits for its number is pale. */
    function show() {
      const found = lines();
      for (const box of all(".em-x-line")) {
        const key = box.dataset.line;
        box.classList.toggle("em-x-waits", !(key in found));
        if (key in found) line(key, found[key]);
      }
      for (const row of all("tr[data-route]")) show_route(row);
      const odds = is_moved() && told.odds;
      const done = odds && odds.n === data.n;
      const was = is_all ? ` ${says("was")}` : "";
      one(".em-x-drawn").textContent = odds ? says(done ? "drawn" : "drawing", { n: odds.n, all: data.n }) + was : "";
      one(".em-x-moved").firstElementChild.textContent = is_moved() ? set_text() : says("central");
      root.classList.toggle("em-x-is-moved", is_moved());
    }

    /** What is set, in words: questions and objections by their names, the rest one by one. */
    function set_list() {
      const [scenario, ids] = nearest();
      const is_said = (keys) => keys.length > 1 && keys.every((id) => ids.includes(id));
      const named = [...presets, ...objections].filter(({ set }) => is_said(Object.keys(set)) && holds(set));
      const covered = new Set(named.flatMap(({ set }) => Object.keys(set)));
      const whole = [...presets.filter((one) => scenario && one.scenario === scenario), ...named];
      const others = ids.filter((id) => !covered.has(id));
      return [...whole.map(({ label }) => `“${label}”`), ...others.map((id) => set_of(id, value_in(settings, id)))];
    }

    function set_text() {
      const list = set_list();
      const more = list.length > TOLD ? [says("and_more", { n: list.length - TOLD })] : [];
      const what = [...list.slice(0, TOLD), ...more].join("; ");
      const most = told.dates?.moved_most;
      const moved = most && list.length > 1 ? ` ${says("moved_most", { what: label(most) })}` : "";
      return says("changed", { what }) + moved;
    }

    function show_route(row) {
      const name = row.dataset.route;
      const route = routes[name];
      const [, plan, likely, bar] = row.children;
      const [odds, was] = bar.children;
      const drawn = told.odds?.routes[name];
      plan.textContent = named_day(told.dates?.routes[name].date ?? route.date, true);
      likely.textContent = named_day(drawn?.likely ?? route.likely, true);
      was.hidden = !is_moved();
      row.classList.toggle("em-x-waits", is_moved() && !told.odds);
      const parts = data.years.map((year) => (drawn ? drawn.by[year][0] : route.by[year]));
      let before = 0;
      parts.forEach((p, at) => {
        const piece = odds.children[at];
        piece.style.width = `${100 * Math.max(0, p - before)}%`;
        piece.textContent = p - before > ROOM ? percent(p) : "";
        before = Math.max(before, p);
      });
      odds.setAttribute("aria-label", data.years.map((year, at) => `${year}: ${percent(parts[at])}`).join(", "));
    }

    // --- backwards ---------------------------------------------------------------------------------

    let question = null;
    let answered = null; // what was solved last, that the explorer can be set to

    function say_solved(text) {
      one(".em-x-solved").textContent = text;
      one(".em-x-take").hidden = true;
    }

    function solve(event) {
      event.preventDefault();
      const form = new FormData(event.target);
      const key = form.get("solve");
      question = { solve: key, odds: Number(form.get("odds")) / 100, if_granted: form.get("granted") === "on", ...ENDS[key] };
      question.settings = Object.fromEntries(Object.entries(settings).filter(([id]) => id !== key));
      say_solved(says("asking"));
      if (ready) send_question();
      else load();
    }

    function send_question() {
      asked++;
      root.dataset.state = "asking";
      worker.postMessage({ id: asked, request: question });
    }

    function solved(found) {
      if (!found.done) return;
      const { solve: key, if_granted, odds: wanted } = question;
      const odds = percent(wanted);
      if (found.value === null)
        say_solved(says(if_granted ? "unsolved" : "unsolved_refused", { odds, best: percent(found.best) }));
      else {
        answered = { [key]: found.value };
        say_solved(says(SOLVED[key], { value: shown(controls.get(key), found.value), odds }));
        one(".em-x-take").hidden = false;
      }
      question = null;
      if (told.odds?.n !== data.n || !told.c_star) ask_again();
      else root.dataset.state = "settled";
    }

    /** A question ended what was being answered: go on with it. */
    function ask_again() {
      asked++;
      worker.postMessage({ id: asked, request: { settings } });
    }

    function take() {
      move(answered);
      root.scrollIntoView();
    }

    // --- taking it away ----------------------------------------------------------------------------

    const tools = {
      undo: () => back(past, future),
      redo: () => back(future, past),
      reset_all: () => move(Object.fromEntries(Object.keys(settings).map((id) => [id, undefined]))),
      copy: async () => {
        history.replaceState(null, "", address());
        const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
        say(says(done ? "copied" : "copy_failed"));
      },
      export: () => save("euromesh-settings.yaml", "text/yaml", yaml()),
      picture: () => save("euromesh-settings.svg", "image/svg+xml", picture()),
    };

    function yaml() {
      const value = (v) => (typeof v === "string" ? `'${v}'` : typeof v === "number" ? plain(v) : String(v));
      const ids = Object.keys(settings).sort();
      return ids.map((id) => `${id}: ${value(settings[id])}\n`).join("") || "{}\n";
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

    const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
    const at = (x, y, size, text, more = "") => `<text x="${x}" y="${y}" font-size="${size}" ${more}>${escape(text)}</text>`;

    /** Headline, odds of every route, and what is set, on white. */
    function picture() {
      const found = [at(24, 44, 22, strings.title, 'font-weight="600"')];
      let y = 56;
      for (const box of all(".em-x-line")) {
        const parts = [...box.querySelector("dd").children].map((part) => part.textContent).filter(Boolean);
        y += 26;
        found.push(at(24, y, 15, box.querySelector("dt").textContent), at(420, y, 15, parts.join(", ")));
      }
      y += 34;
      found.push(at(24, y, 13, `${strings.odds_by} ${data.years.join(", ")}`, 'fill="#55616e"'));
      for (const row of all("tr[data-route]")) {
        y += 24;
        found.push(at(24, y, 14, row.children[0].textContent), drawn_bar(row, y));
      }
      y += 14;
      for (const text of is_moved() ? set_list() : [says("central")]) {
        y += 22;
        found.push(at(24, y, 14, text));
      }
      y += 32;
      found.push(at(24, y, 11, says("picture_note", { evidence: data.evidence, address: address().slice(0, 140) }), 'fill="#55616e"'));
      return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 ${y + 24}" width="960" height="${y + 24}" font-family="Inter, Arial, sans-serif" fill="#1b2733"><rect width="100%" height="100%" fill="#fff"/>${found.join("")}</svg>`;
    }

    function drawn_bar(row, y) {
      const [light] = routes[row.dataset.route].colour;
      let x = 210;
      return [...row.querySelectorAll(".em-x-odds > span")].map((piece, n) => {
        const width = 7 * parseFloat(piece.style.width);
        const opacity = [0.8, 0.5, 0.32, 0.16][n];
        x += width;
        const told = piece.textContent && at(x - 4, y, 12, piece.textContent, 'text-anchor="end"' + (n ? "" : ' fill="#fff" stroke="#1b2733" stroke-width="2" paint-order="stroke"'));
        return `<rect x="${x - width}" y="${y - 14}" width="${width}" height="18" fill="${light}" fill-opacity="${opacity}"/>${told}`;
      }).join("");
    }

    // --- begin -------------------------------------------------------------------------------------

    listen();
    const button = one(".em-x-begin");
    if (can_run) {
      button.textContent = says("begin", { megabytes: data.megabytes });
      button.hidden = false;
      button.addEventListener("click", load);
      for (const input of all("[disabled]")) input.disabled = false;
      settings = read_query(location.search);
    } else if (data.present) one(".em-x-note").firstChild.textContent = `${says("from_file")} `;
    show_controls();
    if (is_moved()) ask();
  }
})();
