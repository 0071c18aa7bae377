// Drawer and modal that the server fills, menus and tips of Bootstrap, theme, sidebar, tabs.
import Dropdown from "@tabler/core/js/src/bootstrap/dropdown";
import Modal from "@tabler/core/js/src/bootstrap/modal";
import Offcanvas from "@tabler/core/js/src/bootstrap/offcanvas";
import Tooltip from "@tabler/core/js/src/bootstrap/tooltip";
import "@tabler/core/js/src/bootstrap/collapse";
import { $, $$, on } from "../base/config.js";
import htmx from "../base/htmx.js";

const KINDS = { drawer: Offcanvas, modal: Modal };

on("htmx:after:swap", ({ detail }) => {
  const place = detail.ctx?.target?.id?.match(/^(drawer|modal)-body$/)?.[1];
  if (place) show(place);
});
for (const place of Object.keys(KINDS)) on(`${place}:close`, () => hide(place));

export function show(place) {
  const box = $(`#${place}`);
  box.classList.toggle("is-wide", Boolean($(`#${place}-body > [data-wide]`)));
  KINDS[place].getOrCreateInstance(box).show();
  setTimeout(() => $("[data-autofocus], [autofocus]", box)?.focus(), 60);
}
export function hide(place) {
  const box = $(`#${place}`);
  if (!box) return;
  box.dataset.leave = ""; // saved or given up: no question
  KINDS[place].getInstance(box)?.hide();
}
// What was shown goes: no field of it may be found, posted or heard of afterwards.
for (const name of ["hidden.bs.offcanvas", "hidden.bs.modal"]) {
  on(name, ({ target }) => {
    delete target.dataset.leave;
    if (target.id in KINDS) $(`#${target.id}-body`).replaceChildren();
  });
}

htmx.onLoad((root) => {
  $$('[data-bs-toggle="tooltip"], [data-tip]', root).forEach((element) => Tooltip.getOrCreateInstance(element, { title: element.dataset.tip }));
  if (!root.closest?.("#drawer, #modal")) $("[data-autofocus]", root)?.focus();
});
on("htmx:before:swap", () => $$(".tooltip").forEach((tip) => tip.remove()));
// A menu item that sends something closes its menu; filters stay open (data-bs-auto-close).
on("click", ({ target }) => {
  const menu = target.closest?.(".dropdown-item[hx-get], .dropdown-item[hx-post]")?.closest(".dropdown-menu");
  const toggle = menu?.parentElement.querySelector('[data-bs-toggle="dropdown"]');
  if (toggle) Dropdown.getInstance(toggle)?.hide();
});

// ---- theme and sidebar
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window forgets */ } };
const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export function applyTheme(chosen) {
  remember("tenon-theme", chosen);
  const dark = chosen === "dark" || (chosen === "auto" && prefersDark.matches);
  const root = document.documentElement;
  root.setAttribute("data-bs-theme", dark ? "dark" : "light");
  root.dataset.theme = chosen;
  markTheme();
  document.dispatchEvent(new Event("tenon:theme"));
}
function markTheme() {
  const chosen = recall("tenon-theme") ?? "auto";
  $$("[data-set-theme]:not([data-set-theme=toggle])").forEach((item) => item.setAttribute("aria-pressed", item.dataset.setTheme === chosen));
}
markTheme();
prefersDark.addEventListener("change", () => (recall("tenon-theme") ?? "auto") === "auto" && applyTheme("auto"));
on("click", ({ target }) => {
  const theme = target.closest?.("[data-set-theme]")?.dataset.setTheme;
  if (theme) applyTheme(theme !== "toggle" ? theme : document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark");
  if (target.closest?.("[data-toggle-sidebar]")) remember("tenon-sidebar", document.documentElement.classList.toggle("is-mini") ? "mini" : "");
});

// ---- tabs: selection and arrow keys as the ARIA pattern asks
const tabsOf = (tab) => $$('[role="tab"]', tab.closest('[role="tablist"]') ?? tab.parentElement);
on("click", ({ target }) => {
  const tab = target.closest?.('[role="tab"]');
  if (!tab) return;
  for (const other of tabsOf(tab)) {
    other.setAttribute("aria-selected", other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    const panel = other.dataset.panel && $(`#${other.dataset.panel}`);
    if (panel) panel.hidden = other !== tab;
  }
});
on("keydown", (event) => {
  const tab = event.target.closest?.('[role="tab"]');
  if (!tab || !/^(Arrow(Left|Right)|Home|End)$/.test(event.key)) return;
  const all = tabsOf(tab);
  const at = all.indexOf(tab);
  const next = { Home: 0, End: all.length - 1, ArrowRight: (at + 1) % all.length, ArrowLeft: (at - 1 + all.length) % all.length }[event.key];
  event.preventDefault();
  all[next].focus();
  all[next].click();
});
