// <tenon-kanban class="tn-board" move="/…/move"> with server-drawn columns and cards.
// By mouse, by touch after a moment, by a card's menu, and by Alt+arrows.
import { choose } from "../base/ask.js";
import { $, $$, announce, make, sign, t } from "../base/config.js";
import htmx from "../base/htmx.js";
import { propose } from "../base/propose.js";

class TenonKanban extends HTMLElement {
  async connectedCallback() {
    const { default: Sortable } = await import("sortablejs/modular/sortable.core.esm.js");
    if (!this.isConnected || this.sortables) return;
    this.url = this.getAttribute("move") ?? this.dataset.url;
    this.prepare();
    this.sortables = this.lists().map((list) => Sortable.create(list, {
      group: { name: "tenon-kanban", put: (to, _from, card) => this.accepts(card, to.el) },
      draggable: "[data-id]", animation: 140, delay: 180, delayOnTouchOnly: true, ghostClass: "is-ghost",
      filter: "button, [data-no-drag]", preventOnFilter: false, disabled: !this.url, scroll: true, bubbleScroll: true,
      onStart: ({ item }) => this.dim(item), onEnd: (event) => this.dropped(event),
    }));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move-menu]");
      if (button) this.menu(button.closest("[data-id]"), button);
      const item = event.target.closest("[data-move]"); // a menu that the server drew
      const list = item && this.lists().find((one) => this.keyOf(one) === item.dataset.move);
      if (list) this.put(item.closest("[data-id]"), list, null);
    });
    this.addEventListener("htmx:after:swap", () => this.prepare());
  }
  disconnectedCallback() {
    this.sortables?.forEach((sortable) => sortable.el && sortable.destroy());
    this.sortables = null;
  }
  lists() { return $$(".tn-board-list", this); }
  keyOf(list) { return list.closest("[data-column]").dataset.column; }
  name(list) { return list.dataset.label || $(".tn-board-name", list.closest(".tn-board-col") ?? list)?.firstChild?.textContent.trim() || this.keyOf(list); }

  // Each card can be reached by keys, and has a menu where the server drew none.
  prepare() {
    for (const card of $$(".tn-board-list > [data-id]", this)) {
      card.tabIndex = 0;
      if (!this.url || $("[data-move-menu], .dropdown", card)) continue;
      card.append(make("button", { type: "button", class: "tn-ghost tn-card-menu", "data-move-menu": "", "aria-label": t("Move to…"), "aria-haspopup": "menu" }, sign("move")));
    }
  }
  // data-accepts="won lost" (keys of columns): where this card may go; without it anywhere
  accepts(card, list) {
    if (list.dataset.closed !== undefined) return false;
    const allowed = card.dataset.accepts;
    return allowed === undefined || card.parentElement === list || allowed.split(/[\s,]+/).includes(this.keyOf(list));
  }
  dim(card) {
    for (const list of this.lists()) if (list !== card.parentElement && !this.accepts(card, list)) list.closest(".tn-board-col").style.opacity = ".45";
  }
  dropped({ item, from, to, oldIndex, newIndex }) {
    this.lists().forEach((list) => (list.closest(".tn-board-col").style.opacity = ""));
    if (from === to && oldIndex === newIndex) return;
    const neighbour = [...from.children].filter((child) => child !== item)[oldIndex] ?? null;
    this.post(item, to, () => from.insertBefore(item, neighbour));
  }
  async post(card, list, back) {
    card.classList.add("is-waiting");
    const { id, version } = card.dataset;
    const answer = await propose(this.url, { id, version, column: this.keyOf(list), before: card.nextElementSibling?.dataset.id ?? null });
    card.classList.remove("is-waiting");
    if (answer === null) {
      back();
      card.classList.add("is-refused");
      setTimeout(() => card.classList.remove("is-refused"), 400);
      card.focus();
      return announce(t("The card is back in its place."));
    }
    this.take(card, answer);
    announce(t("Moved to {name}", { name: this.name(list) }));
    this.dispatchEvent(new CustomEvent("tenon:moved", { bubbles: true, detail: { id, column: this.keyOf(list) } }));
  }
  // totals: {column: {count, total}} of all columns that hold anything; card: its new HTML
  take(card, { totals, card: html, version }) {
    for (const list of totals ? this.lists() : []) {
      const { count = 0, total = "" } = totals[this.keyOf(list)] ?? {};
      const head = list.closest(".tn-board-col");
      const [counted, summed] = [$("[data-count]", head), $("[data-total]", head)];
      if (counted) counted.textContent = count;
      if (summed) summed.textContent = total ?? "";
    }
    if (version !== undefined) card.dataset.version = version;
    if (html) {
      const box = make("template", { innerHTML: html }).content.firstElementChild;
      card.replaceWith(box);
      htmx.process(box);
      this.prepare();
      box.focus();
    }
  }
  async menu(card, anchor) {
    const lists = this.lists();
    const key = await choose(anchor, t("Move to…"), lists.map((list, i) => ({ key: i, label: this.name(list), disabled: list === card.parentElement || !this.accepts(card, list) })));
    if (key !== null) this.put(card, lists[key], null);
  }
  put(card, list, before) {
    const [from, neighbour] = [card.parentElement, card.nextElementSibling];
    list.insertBefore(card, before ?? $(":scope > :not([data-id])", list)); // above “all 120”
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    card.focus();
    this.post(card, list, () => from.insertBefore(card, neighbour));
  }
  key(event) {
    const card = event.target.closest(".tn-board-list > [data-id]");
    if (!card || card !== event.target) return;
    if (event.key === "Enter") return $("h3 a, a", card)?.click();
    if (event.key === "m" && this.url) { event.preventDefault(); return this.menu(card, card); }
    const way = event.key.match(/^Arrow(Left|Right|Up|Down)$/)?.[1];
    if (!way) return;
    event.preventDefault();
    const lists = this.lists();
    const list = card.parentElement;
    if (way === "Up" || way === "Down") {
      const other = way === "Up" ? card.previousElementSibling : card.nextElementSibling;
      if (!event.altKey) return other?.focus();
      if (other && this.url) this.put(card, list, way === "Up" ? other : other.nextElementSibling);
      return;
    }
    const step = way === "Left" ? -1 : 1;
    for (let i = lists.indexOf(list) + step; lists[i]; i += step) {
      if (!event.altKey) { const first = $("[data-id]", lists[i]); if (first) return first.focus(); continue; }
      if (this.url && this.accepts(card, lists[i])) return this.put(card, lists[i], lists[i].firstElementChild);
    }
  }
}
customElements.define("tenon-kanban", TenonKanban);
