// <tenon-lines prefix="lines"> around a table.tn-lines: parts of a record, edited in place.
// Every field is named <prefix>-<key>-<field>; `key` is an id, or new1, new2… of the template.
import { $, $$, announce, make, t } from "../base/config.js";
import { formatNumber } from "../base/formats.js";
import htmx from "../base/htmx.js";
import { compile } from "./formula.js";

class TenonLines extends HTMLElement {
  connectedCallback() {
    if (this.body) return;
    this.stem = this.getAttribute("prefix") ?? "lines";
    this.body = $("tbody", this);
    this.template = $("template", this);
    this.formulas = new Map();
    this.order = $(`input[name="${this.stem}-order"]`, this) ?? this.appendChild(make("input", { type: "hidden", name: `${this.stem}-order` }));
    this.next = 1 + Math.max(0, ...this.rows().map((row) => Number(row.dataset.key?.match(/^new(\d+)$/)?.[1] ?? 0)));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("input", () => this.count());
    this.addEventListener("change", () => this.count());
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("paste", (event) => this.pasted(event));
    this.closest("form")?.addEventListener("tenon:restore", ({ detail }) => this.restore(detail));
    this.count();
    this.arrange();
  }
  rows() { return [...this.body.rows].filter((row) => row.dataset.key !== undefined && !row.classList.contains("is-removed")); }
  field(row, name) { return $(`[name="${CSS.escape(`${this.stem}-${row.dataset.key}-${name}`)}"]`, row); }

  async arrange() {
    if (!$(".tn-grip", this) && !this.template?.content.querySelector(".tn-grip")) return;
    const { default: Sortable } = await import("sortablejs/modular/sortable.core.esm.js");
    Sortable.create(this.body, { handle: ".tn-grip", draggable: "tr[data-key]", animation: 120, ghostClass: "is-ghost", onEnd: () => this.changed() });
  }
  add(key = `new${this.next++}`) {
    const html = this.template.innerHTML.replaceAll("__key__", key);
    const row = make("template", { innerHTML: html }).content.firstElementChild;
    row.dataset.key = key;
    this.body.append(row);
    htmx.process(row);
    this.changed();
    return row;
  }
  remove(row) {
    const after = row.nextElementSibling ?? row.previousElementSibling;
    if (row.dataset.key.startsWith("new")) row.remove();
    else { // the server must hear of it
      row.classList.add("is-removed");
      $$("input, select, textarea", row).forEach((field) => (field.disabled = true));
      row.append(make("input", { type: "hidden", name: `${this.stem}-${row.dataset.key}-removed`, value: "1" }));
    }
    announce(t("Line removed"));
    this.changed();
    (after && $("input, select", after))?.focus();
  }
  clicked({ target }) {
    if (target.closest("[data-add-line]")) $("input:not([type=hidden]), select", this.add())?.focus();
    const remove = target.closest("[data-remove-line]");
    if (remove) this.remove(remove.closest("tr"));
  }
  // Enter goes down a line and makes one after the last; Alt+arrows move the line.
  key(event) {
    const row = event.target.closest("tr[data-key]");
    if (!row || event.isComposing) return;
    if (event.key === "Enter" && event.target.matches("input") && !event.target.closest("tenon-lookup")) {
      event.preventDefault();
      const column = [...row.cells].indexOf(event.target.closest("td"));
      const all = this.rows();
      const below = all[all.indexOf(row) + 1] ?? this.add();
      $("input:not([type=hidden]), select", below.cells[column])?.focus();
    }
    if (event.altKey && /^Arrow(Up|Down)$/.test(event.key)) {
      event.preventDefault();
      const up = event.key === "ArrowUp";
      const other = up ? row.previousElementSibling : row.nextElementSibling;
      if (!other) return;
      up ? other.before(row) : other.after(row);
      event.target.focus();
      this.changed();
    }
  }
  // Cells copied from a spreadsheet fill the fields to the right and below.
  pasted(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const start = event.target.closest("td");
    if (!start || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    let row = start.closest("tr");
    const column = [...row.cells].indexOf(start);
    for (const line of text.replace(/\r/g, "").replace(/\n$/, "").split("\n")) {
      row ??= this.add();
      line.split("\t").forEach((value, i) => {
        const field = row.cells[column + i] && $("input:not([type=hidden], [type=checkbox]), textarea", row.cells[column + i]);
        if (field && !field.closest("tenon-lookup")) field.value = field.type === "number" ? this.number(value) : value.trim();
      });
      const all = this.rows();
      row = all[all.indexOf(row) + 1] ?? null;
    }
    this.changed();
  }
  number(text) { return String(text).replace(/[^\d.,-]/g, "").replace(/[,](?=\d{3}\b)/g, "").replace(",", "."); }

  changed() {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
  value(row, name) {
    const field = this.field(row, name) ?? $(`output[data-name="${CSS.escape(name)}"]`, row);
    const number = Number(field?.tagName === "OUTPUT" ? field.dataset.value : field?.value);
    return Number.isFinite(number) ? number : 0;
  }
  count() {
    const rows = this.rows();
    this.order.value = rows.map((row) => row.dataset.key).join(",");
    rows.forEach((row, i) => $$("[data-line-number]", row).forEach((cell) => (cell.textContent = i + 1)));
    for (const row of rows) {
      for (const output of $$("output[data-formula]", row)) {
        const text = output.dataset.formula;
        if (!this.formulas.has(text)) this.formulas.set(text, compile(text));
        const digits = Number(output.dataset.digits ?? 2);
        const value = Math.round((this.formulas.get(text)((name) => this.value(row, name)) + Number.EPSILON) * 10 ** digits) / 10 ** digits;
        output.dataset.value = Number.isFinite(value) ? value : 0;
        output.textContent = Number.isFinite(value) ? formatNumber(value, digits) : "–";
      }
    }
    for (const cell of $$("[data-sum]", this)) {
      const digits = Number(cell.dataset.digits ?? 2);
      cell.textContent = formatNumber(rows.reduce((sum, row) => sum + this.value(row, cell.dataset.sum), 0), digits);
    }
    $$("[data-no-lines]", this).forEach((note) => (note.hidden = rows.length > 0));
  }
  // A draft is given back: lines that it has and this page does not are made anew.
  restore(draft) {
    const keys = new Set(draft.map(([name]) => name.match(new RegExp(`^${this.stem}-(new\\d+)-`))?.[1]).filter(Boolean));
    for (const key of keys) if (!this.rows().some((row) => row.dataset.key === key)) this.add(key);
    this.next = Math.max(this.next, ...[...keys].map((key) => Number(key.slice(3)) + 1));
    setTimeout(() => this.count());
  }
}
customElements.define("tenon-lines", TenonLines);
