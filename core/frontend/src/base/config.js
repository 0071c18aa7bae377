// What the page tells its scripts, and texts in the reader's language.
export const config = JSON.parse(document.getElementById("tenon-config")?.textContent || "{}");
export const locale = config.locale || document.documentElement.lang || "en";

// English text -> the page's language; {name} is filled from values.
export function t(text, values = {}) {
  return (config.messages?.[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const isDark = () => document.documentElement.getAttribute("data-bs-theme") === "dark";
export const isPhone = () => matchMedia("(max-width: 767px)").matches;
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const on = (event, listener, options) => document.addEventListener(event, listener, options);

// An element with properties and children, so that no text ever becomes markup.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "style") element.style.cssText = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.startsWith("aria") && name !== "list") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// The few signs that elements draw themselves; all others come from the server.
const SIGNS = {
  x: "M18 6 6 18M6 6l12 12",
  plus: "M12 5v14M5 12h14",
  grip: "M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01",
  download: "M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2M7 11l5 5 5-5M12 4v12",
  table: "M3 5h18v14H3zM3 10h18M10 10v9",
  move: "M5 12h14M13 18l6-6-6-6",
  trash: "M4 7h16M10 11v6M14 11v6M5 7l1 12a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2l1-12M9 7V4h6v3",
  undo: "M9 14 5 10l4-4M5 10h11a4 4 0 1 1 0 8h-1",
};
export function sign(name, cls = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = { class: `tn-icon ${cls}`, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": name === "grip" ? 2.6 : 1.75, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", SIGNS[name]);
  svg.append(path);
  return svg;
}

// Polite words for those who do not see the page.
export function announce(text) {
  let box = $("#tn-announce");
  if (!box) document.body.append((box = make("div", { id: "tn-announce", class: "tn-sr", "aria-live": "polite" })));
  box.textContent = "";
  setTimeout(() => (box.textContent = text), 50);
}
