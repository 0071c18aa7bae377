// Lists: rows that open, selection, the bulk bar, keys, inline edit, order of columns.
import { $, $$, announce, make, on, t } from "../base/config.js";
import htmx from "../base/htmx.js";
import { send } from "../base/talk.js";

const boxes = (list) => $$('tbody input[name="ids"]', list);
const INTERACTIVE = "a, button, input, label, select, textarea, summary, .dropdown-menu, [data-no-row]";

// ---- opening
on("click", (event) => {
  const row = event.target.closest?.("[data-href]");
  if (!row || event.target.closest(INTERACTIVE) || String(getSelection())) return;
  open(row, event.ctrlKey || event.metaKey);
});
on("auxclick", (event) => {
  const row = event.button === 1 && event.target.closest?.("[data-href]");
  if (row && !event.target.closest(INTERACTIVE)) open(row, true);
});
function open(row, aside) {
  if (row.dataset.peek !== undefined && !aside) htmx.ajax("GET", row.dataset.href, { target: "#drawer-body" });
  else if (aside) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
}

// ---- selection: one box, a range with Shift, all of the page, all that match
let last = null;
on("click", (event) => {
  const box = event.target.closest?.('[data-list] tbody input[name="ids"]');
  if (!box) return;
  if (event.shiftKey && last?.isConnected && last !== box) {
    const all = boxes(box.closest("[data-list]"));
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) all.slice(from, to + 1).forEach((each) => (each.checked = box.checked));
  }
  last = box;
});
on("change", ({ target }) => {
  const list = target.closest?.("[data-list]");
  if (!list) return;
  if (target.matches("[data-check-all]")) boxes(list).forEach((box) => (box.checked = target.checked));
  if (target.matches('[data-check-all], input[name="ids"]')) tell(list);
});
on("click", ({ target }) => {
  const list = target.closest?.("[data-list]");
  if (!list) return;
  if (target.closest("[data-bulk-clear]")) clear(list);
  if (target.closest("[data-bulk-matching]")) tell(list, true);
});
function clear(list) {
  boxes(list).forEach((box) => (box.checked = false));
  tell(list);
}

// The bar shows how many; every [data-bulk-ids] in it gets them as hidden fields to post.
function tell(list, matching = false) {
  const all = boxes(list);
  const chosen = all.filter((box) => box.checked).map((box) => box.value);
  const bar = $("[data-bulk]", list);
  const head = $("[data-check-all]", list);
  if (head) [head.checked, head.indeterminate] = [all.length > 0 && chosen.length === all.length, chosen.length > 0 && chosen.length < all.length];
  list.classList.toggle("is-selecting", chosen.length > 0);
  if (!bar) return;
  bar.hidden = chosen.length === 0;
  const offer = $("[data-bulk-matching]", bar);
  const total = offer ? Number(offer.dataset.bulkMatching) || Infinity : 0; // nobody counted them
  if (offer) offer.hidden = matching || chosen.length < all.length || total <= all.length;
  const count = $("[data-bulk-count]", bar);
  if (count) count.textContent = !matching ? chosen.length : total === Infinity ? offer.dataset.bulkText : total;
  const fields = (matching ? [["matching", "1"]] : chosen.map((id) => ["ids", id])).map(([name, value]) => make("input", { type: "hidden", name, value }));
  $$("[data-bulk-ids]", bar).forEach((place) => place.replaceChildren(...fields.map((field) => field.cloneNode())));
  $$("a[data-bulk-link]", bar).forEach((link) => {
    const url = new URL(link.dataset.bulkLink, location.href);
    fields.forEach((field) => url.searchParams.append(field.name, field.value));
    link.href = url.pathname + url.search;
  });
}
on("htmx:after:swap", () => $$("[data-list]").forEach((list) => tell(list)));
addEventListener("pageshow", () => $$("[data-list]").forEach((list) => tell(list))); // boxes survive “back”

// ---- keys: j k move, x selects, Enter or o opens, Escape clears
on("keydown", (event) => {
  const list = $("[data-list]");
  if (!list || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog, .offcanvas, .modal, .dropdown-menu, tenon-kanban")) return;
  const rows = $$("tbody tr[data-href]", list);
  const at = rows.findIndex((row) => row.classList.contains("is-at"));
  const go = (to) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!next) return;
    rows[at]?.classList.remove("is-at");
    next.classList.add("is-at");
    next.scrollIntoView({ block: "nearest" });
    announce($(".tn-main-cell", next)?.textContent.trim() ?? next.textContent.trim().slice(0, 80));
  };
  const acts = {
    j: () => go(at + 1),
    k: () => go(at < 0 ? 0 : at - 1),
    x: () => { const box = at >= 0 && $('input[name="ids"]', rows[at]); if (box) { box.checked = !box.checked; tell(list); } },
    o: () => at >= 0 && open(rows[at]),
    Enter: () => at >= 0 && !event.target.closest("a, button") && open(rows[at]),
    Escape: () => clear(list),
  };
  if (!acts[event.key] || (event.key === "Enter" && at < 0)) return;
  if (event.key !== "Enter" || !event.target.closest("a, button")) event.preventDefault();
  acts[event.key]();
});

// ---- inline edit: the cell is a form for a moment
on("keydown", (event) => {
  const form = event.key === "Escape" && event.target.closest?.(".tn-cell-form");
  if (form) { event.stopPropagation(); $("[data-cancel]", form)?.click(); }
});
on("change", ({ target }) => {
  if (target.matches?.(".tn-cell-form select, .tn-cell-form input[type=date], .tn-cell-form input[type=checkbox]")) target.form?.requestSubmit();
});

// ---- order by hand: columns, widgets, stages. <ul data-reorder> <li><button class="tn-grip">
htmx.onLoad((root) => $$("[data-reorder]", root).concat(root.matches?.("[data-reorder]") ? [root] : []).forEach(arrange));
async function arrange(place) {
  if (place.dataset.arranged !== undefined) return;
  place.dataset.arranged = "";
  const { default: Sortable } = await import("sortablejs/modular/sortable.core.esm.js");
  const handle = $(".tn-grip", place) ? ".tn-grip" : undefined;
  Sortable.create(place, { handle, animation: 140, ghostClass: "is-ghost", delay: handle ? 0 : 180, delayOnTouchOnly: true, onEnd: () => arranged(place) });
}
// In the capturing phase: inside a menu Bootstrap takes the arrows for its own.
document.addEventListener("keydown", (event) => {
  const grip = event.target.closest?.("[data-reorder] .tn-grip");
  if (!grip || !/^Arrow(Up|Down|Left|Right)$/.test(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const place = grip.closest("[data-reorder]");
  const item = [...place.children].find((child) => child.contains(grip));
  if (/Up|Left/.test(event.key)) item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  grip.focus();
  announce(t("Place {at} of {all}", { at: [...place.children].indexOf(item) + 1, all: place.children.length }));
  arranged(place);
}, true);
function arranged(place) {
  place.dispatchEvent(new Event("change", { bubbles: true }));
  const order = [...place.children].map((child) => child.dataset.id).filter(Boolean).join(",");
  if (place.dataset.reorderUrl) send("POST", place.dataset.reorderUrl, { order }, place);
}
