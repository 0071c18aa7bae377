// The command palette and shortcuts. data-shortcut="g c" in HTML is all a plugin writes.
import { $, $$, make, on, t } from "../base/config.js";
import { ask } from "../base/ask.js";
import htmx from "../base/htmx.js";

export function palette() {
  const dialog = $("#palette");
  if (!dialog || dialog.open) return;
  dialog.showModal();
  const field = $("input", dialog);
  field.select();
  htmx.trigger(field, "palette:open");
}

const options = (dialog) => $$('[role="option"]', dialog);
function point(dialog, index) {
  const all = options(dialog);
  all.forEach((option, i) => {
    option.id ||= `palette-option-${i}`;
    option.setAttribute("aria-selected", i === index);
  });
  all[index]?.scrollIntoView({ block: "nearest" });
  $("input", dialog).setAttribute("aria-activedescendant", all[index]?.id ?? "");
}
on("keydown", (event) => {
  const dialog = $("#palette");
  if (!dialog?.open) return;
  const all = options(dialog);
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (all.length) point(dialog, (at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length);
  } else if (event.key === "Enter" && !event.isComposing) { // Enter that ends a Chinese word opens nothing
    event.preventDefault();
    (all[at] ?? all[0])?.click();
  }
});
on("htmx:after:swap", ({ detail }) => {
  const dialog = detail.ctx?.target?.closest?.("#palette");
  if (dialog && options(dialog).length) point(dialog, 0);
});
on("click", ({ target }) => {
  if (target.closest?.("[data-open-palette]")) return palette();
  const dialog = $("#palette");
  if (dialog?.open && (target === dialog || target.closest('[role="option"]'))) dialog.close();
});

// ---- shortcuts: one key, or two after each other
const TYPING = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable], dialog[open]";
const find = (keys) => $$("[data-shortcut]").find((element) => element.dataset.shortcut === keys && element.checkVisibility?.({ visibilityProperty: true }) !== false)
  ?? $$("[data-shortcut]").find((element) => element.dataset.shortcut === keys);
let prefix = "";
on("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); return palette(); }
  if ((event.ctrlKey || event.metaKey) && (event.key === "Enter" || event.key.toLowerCase() === "s")) return save(event);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest?.(TYPING)) return;
  if (event.key === "/") { event.preventDefault(); const field = $("[data-page-search]"); return field ? (field.focus(), field.select()) : palette(); }
  if (event.key === "?") { event.preventDefault(); return help(); }
  const keys = prefix ? `${prefix} ${event.key}` : event.key;
  const element = find(keys);
  if (element) { event.preventDefault(); prefix = ""; return element.click(); }
  const starts = !prefix && $$("[data-shortcut]").some(({ dataset }) => dataset.shortcut.startsWith(`${event.key} `));
  prefix = starts ? event.key : "";
  if (prefix) setTimeout(() => (prefix = ""), 1200);
});

// Ctrl S or Ctrl Enter saves the form that is written in, or the only guarded one.
function save(event) {
  const form = event.target.closest?.("form") ?? $("form[data-guard]");
  if (!form || form.method === "get" && !form.hasAttribute("hx-post")) return;
  event.preventDefault();
  form.requestSubmit();
}

function help() {
  const known = new Map([["/", t("Search on this page")], ["Ctrl K", t("Search everything")], ["j k", t("Next and previous row")], ["x", t("Select the row")], ["Enter", t("Open the row")], ["Ctrl S", t("Save")]]);
  for (const element of $$("[data-shortcut]")) {
    const label = element.getAttribute("aria-label") || element.title || element.textContent.trim();
    if (label) known.set(element.dataset.shortcut, label);
  }
  const rows = [...known].flatMap(([keys, label]) => [make("dt", {}, label), make("dd", {}, ...keys.split(" ").flatMap((key, i) => [i ? " " : "", make("kbd", {}, key)]))]);
  ask({ title: t("Keyboard"), body: make("dl", { class: "tn-shortcuts" }, ...rows), action: t("Close"), cancel: null });
}
