// Makes the static charts of a page live: sharp at any width, in the page's colours, and with what
// every mark stands for, told on hover, tap and by keyboard. `vegaEmbed` comes with the bundle that
// em_charts.py makes of this file. Where the script does not run, the static picture stays.

const NARROW = 560;
const NEAR = 14; // pixels from a mark within which a pointer means it
const STOPS = 40; // of the keyboard on one line

const PARTS = ["role", "aria-roledescription", "aria-label", "aria-hidden"];

const isDark = () => document.documentElement.dataset.theme === "dark";

function inColours(text, colours) {
  if (!isDark()) return text;
  return text.replace(/#[0-9a-f]{6}\b/gi, (hex) => colours[hex.toLowerCase()] ?? hex);
}

// One column on a phone: charts side by side go below each other, panels share the width.
function fitted(spec, room) {
  const narrow = room < NARROW;
  if (spec.hconcat && narrow) {
    spec.vconcat = spec.hconcat;
    delete spec.hconcat;
  }
  if (spec.facet && narrow) spec.columns = 1;
  const parts = spec.vconcat ?? spec.hconcat ?? spec.concat ?? (spec.spec ? [spec.spec] : []);
  for (const part of parts) {
    if (narrow && typeof part.width === "number") part.width = Math.min(part.width, room - 90);
  }
  const faceted = spec.encoding && (spec.encoding.row || spec.encoding.column || spec.encoding.facet);
  if ((spec.mark || spec.layer) && !faceted && typeof spec.width !== "object") {
    spec.width = room;
    spec.autosize = { type: "fit-x", contains: "padding" };
  }
  return spec;
}

// --- what marks tell ------------------------------------------------------------------------------

const words = (told) =>
  Object.entries(told)
    .filter(([, value]) => value !== "" && value !== "null" && value !== "NaN")
    .map(([name, value]) => [name, String(value).replace(/e\+?(-?)0*(\d)/, "e$1$2")]);

// Every mark that tells something, with its box in the pixels of the view; of a line its points.
function marksOf(view) {
  const found = [];
  const walk = (group, left, top) => {
    for (const mark of group.items) {
      if (mark.marktype === "group") {
        for (const item of mark.items) walk(item, left + (item.x || 0), top + (item.y || 0));
        continue;
      }
      const points = mark.marktype === "line" || mark.marktype === "area";
      const every = points ? Math.ceil(mark.items.length / STOPS) : 1;
      mark.items.forEach((item, place) => {
        if (typeof item.tooltip !== "object" || item.tooltip === null) return;
        const { x1, y1, x2, y2 } = points ? { x1: item.x, y1: item.y, x2: item.x, y2: item.y } : item.bounds;
        const box = { x1: x1 + left, y1: y1 + top, x2: x2 + left, y2: y2 + top };
        found.push({ ...box, line: mark, told: words(item.tooltip), isStop: place % every === 0 });
      });
    }
  };
  const [x, y] = view.origin();
  for (const item of view.scenegraph().root.items) walk(item, x + (item.x || 0), y + (item.y || 0));
  return found;
}

// The marks that the keyboard steps through: those that say the same count once.
function stopsOf(marks) {
  const said = new Set();
  return marks.filter(({ told, isStop }) => {
    const text = JSON.stringify(told);
    return isStop && !said.has(text) && said.add(text);
  });
}

function nearest(marks, x, y) {
  const off = (low, at, high) => Math.max(low - at, 0, at - high);
  const size = (mark) => (mark.x2 - mark.x1) * (mark.y2 - mark.y1);
  let best = null;
  for (const mark of marks) {
    const away = Math.hypot(off(mark.x1, x, mark.x2), off(mark.y1, y, mark.y2));
    const isBetter = !best || away < best.away || (away === best.away && size(mark) <= size(best.mark));
    if (away <= NEAR && isBetter) best = { away, mark };
  }
  return best?.mark;
}

function tipOf(element) {
  const tip = document.createElement("div");
  tip.className = "em-tip";
  tip.setAttribute("role", "status");
  element.append(tip);
  return tip;
}

function show(chart, mark) {
  const { tip, element } = chart;
  if (mark === chart.shown) return;
  chart.shown = mark;
  tip.replaceChildren();
  tip.classList.toggle("em-on", Boolean(mark));
  if (!mark) return;
  for (const [name, value] of mark.told) {
    const line = document.createElement("div");
    const head = document.createElement("span");
    head.textContent = `${name}: `;
    line.append(head, value);
    tip.append(line);
  }
  const frame = element.getBoundingClientRect();
  const drawn = chart.drawn.querySelector("svg").getBoundingClientRect();
  const middle = drawn.left - frame.left + (mark.x1 + mark.x2) / 2;
  const above = drawn.top - frame.top + mark.y1 - tip.offsetHeight - 8;
  const below = drawn.top - frame.top + mark.y2 + 8;
  const most = Math.max(frame.width - tip.offsetWidth, 0);
  tip.style.left = `${Math.min(Math.max(middle - tip.offsetWidth / 2, 0), most)}px`;
  tip.style.top = `${above + frame.top < 0 ? below : above}px`;
}

function pointed(chart, event) {
  if (!chart.marks || chart.tip.contains(event.target)) return; // what is told may be read at leisure
  const drawn = chart.drawn.querySelector("svg").getBoundingClientRect();
  show(chart, nearest(chart.marks, event.clientX - drawn.left, event.clientY - drawn.top));
}

// Right and left: the next value; down and up: the next line or kind of mark.
function stepped(chart, key) {
  const { stops } = chart;
  const at = stops.findIndex((stop) => JSON.stringify(stop.told) === JSON.stringify(chart.shown?.told));
  if (key === "Home" || (at < 0 && key !== "End")) return stops[0];
  if (key === "End") return stops.at(-1);
  if (key === "ArrowRight") return stops[Math.min(at + 1, stops.length - 1)];
  if (key === "ArrowLeft") return stops[Math.max(at - 1, 0)];
  const lines = [...new Set(stops.map((stop) => stop.line))];
  const next = lines.indexOf(stops[at].line) + (key === "ArrowDown" ? 1 : -1);
  return stops.find((stop) => stop.line === lines[Math.min(Math.max(next, 0), lines.length - 1)]);
}

const KEYS = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"];

function listen(chart) {
  const { element } = chart;
  element.addEventListener("pointermove", (event) => event.pointerType === "mouse" && pointed(chart, event));
  element.addEventListener("click", (event) => pointed(chart, event));
  element.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && show(chart));
  element.addEventListener("blur", () => show(chart));
  element.addEventListener("keydown", (event) => {
    if (!KEYS.includes(event.key) || !chart.stops?.length || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(chart, stepped(chart, event.key));
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && show(chart));
  document.addEventListener("pointerdown", (event) => element.contains(event.target) || show(chart));
}

// --- drawing --------------------------------------------------------------------------------------

async function draw(chart) {
  const { element } = chart;
  const { text, dark } = chart.sent;
  chart.room = element.clientWidth;
  const live = document.createElement("div");
  live.className = "em-live em-drawing"; // over what stands there, unseen, until it is drawn
  element.append(live);
  const spec = fitted(JSON.parse(inColours(text, dark)), chart.room);
  const options = {
    actions: false,
    ast: true, // expressions are interpreted: the policy of the page allows no eval
    mode: "vega-lite",
    renderer: "svg",
    tooltip: () => {}, // ours are told below
  };
  const result = await vegaEmbed(live, spec, options);
  const svg = live.querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", element.dataset.alt);
  for (const part of svg.querySelectorAll("[role], [aria-hidden]")) {
    for (const name of PARTS) part.removeAttribute(name); // the picture is one: its parts have no names
  }
  show(chart);
  chart.drawn?.remove();
  live.classList.remove("em-drawing");
  chart.view?.finalize();
  chart.drawn = live;
  chart.view = result.view;
  chart.marks = marksOf(result.view);
  chart.stops = stopsOf(chart.marks);
  element.dataset.live = isDark() ? "dark" : "light";
}

async function start() {
  await Promise.all([document.fonts.load('12px "Inter"'), document.fonts.load('600 12px "Inter"')]);
  const fresh = [...document.querySelectorAll(".em-chart")].filter((element) => !element.dataset.started);
  const charts = fresh.map((element) => {
    element.dataset.started = "yes";
    const { spec, dark } = JSON.parse(element.querySelector("script").textContent);
    const sent = { text: JSON.stringify(spec), dark };
    const still = [...element.querySelectorAll(":scope > svg")]; // a wide one, and perhaps a narrow one
    return { element, sent, drawn: { remove: () => still.forEach((svg) => svg.remove()) }, tip: tipOf(element) };
  });
  charts.forEach(listen);
  let work = Promise.resolve();
  const redraw = (wanted) => {
    work = work.then(async () => {
      for (const chart of charts.filter(wanted)) await draw(chart);
    });
  };
  redraw(() => true);
  const theme = { attributes: true, attributeFilter: ["data-theme"] };
  new MutationObserver(() => redraw(() => true)).observe(document.documentElement, theme);
  const outgrown = (chart) => Math.abs(chart.element.clientWidth - chart.room) > 8;
  const sizes = new ResizeObserver(() => redraw(outgrown));
  for (const { element } of charts) sizes.observe(element);
}

start();
