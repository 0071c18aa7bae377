// What a list page adds: menus of rows, the pen on a cell, filters that open, groups that unfold.
import { $, $$, make, on } from "../base/config.js";
import htmx from "../base/htmx.js";
import { hide } from "./overlays.js";

// ---- a row's menu is asked for when it opens: what can be done depends on the record
on("show.bs.dropdown", ({ target }) => {
  const row = target.matches("[data-row-menu]") && target.closest("[data-id]");
  if (row) htmx.ajax("GET", `${row.dataset.href}/menu`, { target: $(".dropdown-menu", target.parentElement), swap: "innerHTML" });
});

// ---- one pen for all cells, on the one that is pointed at
const pen = make("button", { type: "button", class: "tn-cell-pencil", tabindex: "-1", "aria-hidden": "true", "data-no-row": "" });
on("pointerover", ({ target, pointerType }) => {
  const cell = pointerType === "mouse" && target.closest?.("td[data-edit]");
  if (cell && pen.parentElement !== cell && !$("form", cell)) {
    pen.replaceChildren(...($("template[data-pen]")?.content.cloneNode(true).childNodes ?? ["✎"]));
    cell.append(pen);
  } else if (!cell && !target.closest?.(".tn-cell-pencil")) pen.remove();
});
on("click", (event) => {
  if (!event.target.closest?.(".tn-cell-pencil")) return;
  const cell = pen.closest("td");
  pen.remove();
  edit(cell);
});
function edit(cell) {
  const row = cell?.closest("[data-id]");
  if (row && !$("form", cell)) htmx.ajax("GET", `${row.dataset.href}/cell/${cell.dataset.edit}`, { target: cell, swap: "innerHTML" });
}
htmx.onLoad((root) => {
  const place = root.matches?.("[data-autofocus-in]") ? root : $("[data-autofocus-in]", root);
  const field = place && $("input:not([type=hidden]), select, textarea", place);
  field?.focus();
  if (field?.select) field.select();
});
// e changes the first cell that can be changed of the row one is at, Tab goes on to the next.
on("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "e" && !event.target.closest?.("input, textarea, select, [contenteditable], dialog, .offcanvas, .modal")) {
    const cell = $("[data-list] tr.is-at td[data-edit]");
    if (cell) { event.preventDefault(); edit(cell); }
  }
  const form = event.key === "Tab" && event.target.closest?.(".tn-cell-form");
  if (!form || event.target.matches("button")) return;
  const cells = $$("td[data-edit]", form.closest("tr"));
  const next = cells[cells.indexOf(form.closest("td")) + (event.shiftKey ? -1 : 1)];
  if (!next) return;
  event.preventDefault();
  form.requestSubmit();
  edit(next);
});

// ---- filters
on("change", ({ target }) => { // a period and a range exclude each other: what was set last counts
  const name = target.dataset?.clears;
  if (!name || !target.value) return;
  for (const other of $$(`[data-clears="${CSS.escape(name)}"]`, target.form)) {
    if (other.tagName !== target.tagName) other.value = "";
  }
}, true);
on("htmx:after:swap", ({ detail }) => {
  const opening = $("[data-open-now]");
  opening?.removeAttribute("data-open-now");
  opening?.click();
  if (detail.ctx?.sourceElement?.matches?.("[data-close-drawer]")) hide("drawer");
});

// ---- groups: what was unfolded folds without asking the server
on("click", (event) => {
  const button = event.target.closest?.("[data-unfold]");
  if (!button) return;
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", !open);
  const below = button.closest("tr").nextElementSibling;
  if (!open) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (below?.matches(".tn-unfolded")) below.remove();
}, true);
