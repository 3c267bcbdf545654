// The card of a number: hover, keyboard focus or a tap opens it, Escape closes it. Without this
// script a number is a link to its entry among the sources, where Enter and a click still lead.
(() => {
  const { cards, sources } = JSON.parse(document.getElementById("em-cards").textContent);
  const OPEN_AFTER = 150;
  const CLOSE_AFTER = 300;
  const GAP = 6;
  let open = null; // the number whose card is shown
  let card = null;
  let timer = 0;
  let pointer = "mouse";

  function element(name, className, text, parent) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    parent.append(made);
    return made;
  }

  function linkTo(text, href, parent) {
    element("a", "", text, parent).href = href;
  }

  function drivers(moved, parent) {
    element("p", "em-card-head", "Moved most by", parent);
    const list = element("ul", "", "", parent);
    for (const [name, lowAt, low, highAt, high] of moved) {
      const item = element("li", "", "", list);
      element("span", "", name, item);
      element("span", "em-card-ends", `${lowAt}: ${low}; ${highAt}: ${high}`, item);
    }
  }

  function cited(ids, here, parent) {
    element("p", "em-card-head", "Sources", parent);
    const list = element("ul", "", "", parent);
    for (const id of ids) {
      linkTo(sources[id], new URL(`sources-list.html#${id}`, here), element("li", "", "", list));
    }
  }

  function made(number) {
    const told = cards[number.dataset.key];
    const here = number.querySelector("a").href;
    const box = document.createElement("div");
    box.className = "em-card";
    box.id = "em-card";
    box.popover = "manual";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", told.t);
    const short = element("div", "", "", box);
    short.id = "em-card-short";
    element("p", "em-card-title", told.t, short);
    element("p", "em-card-value", told.v, short);
    if (told.r) element("p", "", told.r, short);
    element("p", "", told.k, short);
    if (told.m) drivers(told.m, box);
    if (told.s.length) cited(told.s, here, box);
    linkTo(told.i ? "All inputs" : "Its entry", here, element("p", "em-card-all", "", box));
    return box;
  }

  // Below the number, above it where there is no room, else beside it. On a phone a style sheet
  // puts it at the foot of the window.
  function place() {
    const at = open.querySelector("a").getClientRects()[0];
    const { offsetWidth: width, offsetHeight: height } = card;
    const room = { x: document.documentElement.clientWidth - width - GAP, y: window.innerHeight - height - GAP };
    const below = at.bottom + GAP <= room.y;
    const above = at.top - GAP - height >= 0;
    const left = below || above ? at.left : at.right + GAP;
    const top = below ? at.bottom + GAP : above ? at.top - GAP - height : at.top;
    card.style.left = `${Math.max(GAP, Math.min(left, room.x))}px`;
    card.style.top = `${Math.max(GAP, Math.min(top, room.y))}px`;
  }

  function hide() {
    clearTimeout(timer);
    if (!open) return;
    open.querySelector("a").removeAttribute("aria-describedby");
    card.remove();
    open = null;
  }

  function show(number) {
    clearTimeout(timer);
    if (number === open) return;
    hide();
    open = number;
    card = made(number);
    number.append(card);
    card.showPopover();
    number.querySelector("a").setAttribute("aria-describedby", "em-card-short");
    place();
  }

  function after(time, act) {
    clearTimeout(timer);
    timer = setTimeout(act, time);
  }

  const numberOf = (target) => target.closest?.(".em-val[data-key]");

  document.addEventListener("pointerdown", (event) => {
    pointer = event.pointerType;
    if (open && !open.contains(event.target)) hide();
  }, true);
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const number = numberOf(event.target);
    if (number) after(number === open ? 0 : OPEN_AFTER, () => show(number));
    else if (!open?.contains(document.activeElement)) after(CLOSE_AFTER, hide);
  });
  document.addEventListener("focusin", (event) => {
    const number = numberOf(event.target);
    if (number && event.target.matches(":focus-visible")) show(number);
    else if (!number) hide();
  });
  document.addEventListener("click", (event) => {
    const number = numberOf(event.target);
    if (!number || pointer === "mouse" || card?.contains(event.target)) return;
    if (event.detail === 0) return; // Enter follows the link
    event.preventDefault();
    if (number === open) hide();
    else show(number);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    if (card.contains(document.activeElement)) open.querySelector("a").focus();
    hide();
  });
  document.addEventListener("scroll", () => open && place(), { passive: true, capture: true });
  window.addEventListener("resize", () => open && place());
})();
