// What every page does late: it fetches the live charts (0.9 MB) once a reader moves on it and one is
// near, and prints in light colours. Until then, and where no script runs, the static pictures do.

{
  const here = document.currentScript.src;
  const charts = [...document.querySelectorAll(".em-chart")];
  const stills = new Map(charts.map((chart) => [chart, chart.querySelector("svg").cloneNode(true)]));

  function fetchCharts() {
    const script = document.createElement("script");
    script.src = new URL("charts.js", here);
    document.head.append(script);
  }

  const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "scroll", "focusin"];

  function wake() {
    for (const sign of SIGNS) removeEventListener(sign, wake);
    const near = new IntersectionObserver(
      (seen) => {
        if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
        near.disconnect();
        fetchCharts();
      },
      { rootMargin: "100%" },
    );
    for (const chart of charts) near.observe(chart);
  }

  if (charts.length) for (const sign of SIGNS) addEventListener(sign, wake, { passive: true });

  // What scrolls in its own box must be within reach of the keyboard; the theme sees to the rest.
  function markScrolling() {
    for (const box of document.querySelectorAll(".em-equation")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }
  addEventListener("load", markScrolling);
  addEventListener("resize", markScrolling);

  const { dataset } = document.documentElement;
  let shown = dataset.theme;
  addEventListener("beforeprint", () => {
    shown = dataset.theme;
    dataset.theme = "light";
    for (const [chart, still] of stills) if (chart.dataset.live) chart.prepend(still);
  });
  addEventListener("afterprint", () => {
    dataset.theme = shown;
    for (const [chart, still] of stills) if (chart.dataset.live) still.remove();
  });
}

// The style sheet hides the page until its letters are read, so that no line moves when they come:
// those of equations too where the first screen holds one. Elsewhere they come after the first paint.
{
  const { classList } = document.documentElement;
  const seen = [...document.querySelectorAll("math")].some(
    (one) => one.getBoundingClientRect().top < innerHeight,
  );
  const askForMaths = () => classList.add("em-maths");
  if (seen) askForMaths();
  const faces = ["1em Inter", "600 1em Inter", ...(seen ? ['1em "STIX Two Math"'] : [])];
  Promise.all(faces.map((face) => document.fonts.load(face))).finally(() => {
    classList.add("em-ready");
    requestAnimationFrame(() => setTimeout(askForMaths));
  });
}
