// Makes the static charts of a page live: sharp at any width, with tooltips, in the page's colours.
// `vegaEmbed` comes with the bundle that em_charts.py makes of this file. Where the script does not
// run, the static picture stays.

const NARROW = 560;

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

async function draw(chart) {
  const { text, dark } = chart.sent;
  chart.room = chart.element.clientWidth;
  const live = document.createElement("div");
  live.className = "em-live";
  chart.element.append(live);
  const spec = fitted(JSON.parse(inColours(text, dark)), chart.room);
  spec.config = { ...spec.config, aria: false }; // the picture is one, its marks have no names
  const options = {
    actions: false,
    ast: true, // expressions are interpreted: the policy of the page allows no eval
    mode: "vega-lite",
    renderer: "svg",
    tooltip: { theme: isDark() ? "dark" : "light" },
  };
  const result = await vegaEmbed(live, spec, options);
  const svg = live.querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", chart.element.dataset.alt);
  chart.drawn?.remove();
  chart.view?.finalize();
  chart.drawn = live;
  chart.view = result.view;
  chart.element.dataset.live = isDark() ? "dark" : "light";
}

async function start() {
  await Promise.all([document.fonts.load('12px "Inter"'), document.fonts.load('600 12px "Inter"')]);
  const charts = [...document.querySelectorAll(".em-chart")].map((element) => {
    const { spec, dark } = JSON.parse(element.querySelector("script").textContent);
    return { element, sent: { text: JSON.stringify(spec), dark }, drawn: element.querySelector("svg") };
  });
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
