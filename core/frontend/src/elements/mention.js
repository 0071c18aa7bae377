// <tenon-mention src="/lookup/core/user"><textarea></textarea></tenon-mention>
// After an @ colleagues are offered; `sub` of an answer is the log-in that is written.
import { $, make } from "../base/config.js";
import { getJSON } from "../base/talk.js";

const WORD = /(?:^|[\s(（])@([\p{L}\p{N}._-]{0,40})$/u;

class TenonMention extends HTMLElement {
  connectedCallback() {
    this.field = $("textarea, input", this);
    if (!this.field || this.ready) return;
    this.ready = true;
    this.field.setAttribute("aria-autocomplete", "list");
    this.field.addEventListener("input", () => this.look());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }
  word() { return this.field.value.slice(0, this.field.selectionStart).match(WORD)?.[1]; }
  async look() {
    const word = this.word();
    if (word === undefined) return this.close();
    const asked = (this.asked = {});
    const found = await getJSON(`${this.getAttribute("src")}?q=${encodeURIComponent(word)}`).catch(() => []);
    if (asked !== this.asked || this.word() === undefined) return;
    this.show(found.filter(({ sub }) => sub).slice(0, 6));
  }
  show(people) {
    this.close();
    if (!people.length) return;
    this.list = make("div", { class: "tn-mention-list", role: "listbox" }, ...people.map(({ text, sub }, i) =>
      make("button", { type: "button", role: "option", "aria-selected": String(i === 0), tabindex: -1, onmousedown: (event) => { event.preventDefault(); this.take(sub); } }, make("span", {}, text), make("small", {}, `@${sub}`))));
    this.people = people;
    this.at = 0;
    this.append(this.list);
  }
  close() {
    this.list?.remove();
    this.list = null;
  }
  key(event) {
    if (!this.list || event.isComposing) return;
    if (event.key === "Escape") { event.stopPropagation(); return this.close(); }
    if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); return this.take(this.people[this.at].sub); }
    if (!/^Arrow(Up|Down)$/.test(event.key)) return;
    event.preventDefault();
    this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + this.people.length) % this.people.length;
    [...this.list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === this.at)));
  }
  take(login) {
    const { selectionStart: at, value } = this.field;
    const start = value.lastIndexOf("@", at - 1);
    this.field.setRangeText(`@${login} `, start, at, "end");
    this.close();
    this.field.focus();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
customElements.define("tenon-mention", TenonMention);
