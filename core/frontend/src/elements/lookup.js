// <tenon-lookup src="/…/lookup" create="/…/new"><select name="…">…</select></tenon-lookup>
// A typeahead over a plain <select>, which still posts without scripts.
import { $, make, on, t } from "../base/config.js";
import htmx from "../base/htmx.js";
import { getJSON } from "../base/talk.js";

let waiting = null; // the lookup that asked for a new record
on("lookup:created", ({ detail }) => {
  waiting?.take([detail]);
  waiting?.ts?.focus();
  waiting = null;
});

class TenonLookup extends HTMLElement {
  async connectedCallback() {
    const select = $("select", this);
    if (!select || this.ts || this.starting) return;
    this.starting = true;
    const { default: TomSelect } = await import("tom-select/base");
    this.starting = false;
    if (!this.isConnected) return;
    select.classList.remove("form-select"); // Tom Select copies the classes to its own box
    const label = select.labels?.[0]?.textContent.replace("*", "").trim() || select.getAttribute("aria-label");
    const source = this.getAttribute("src");
    this.ts = new TomSelect(select, {
      valueField: "id", labelField: "text", searchField: ["text", "sub"], maxOptions: 50, hidePlaceholder: true, placeholder: select.getAttribute("placeholder") ?? t("Type to search…"),
      preload: "focus", allowEmptyOption: false, loadThrottle: 200, maxItems: select.multiple ? null : 1, closeAfterSelect: !select.multiple,
      create: this.hasAttribute("create") ? (text) => { this.make(text); return false; } : false,
      ...(source ? { load: (query, done) => getJSON(this.address(source, query)).then(done, () => done()), score: () => () => 1, shouldLoad: () => true } : {}),
      onLoad: () => {},
      render: {
        option: (data, escape) => `<div class="tn-lookup-option"><div>${escape(data.text)}</div>${data.sub ? `<small>${escape(data.sub)}</small>` : ""}</div>`,
        item: (data, escape) => `<div>${escape(data.text)}</div>`,
        no_results: (_data, escape) => `<div class="no-results">${escape(t("Nothing found"))}</div>`,
        loading: () => '<div class="tn-lookup-note">…</div>',
        option_create: (data, escape) => `<div class="create">${escape(t("Create “{name}”", { name: data.input }))}</div>`,
      },
    });
    // The label now points at the typing field; the hidden list that is posted keeps a name, too.
    if (label) for (const part of [this.ts.control_input, select]) part.setAttribute("aria-label", label);
    const invalid = select.getAttribute("aria-invalid");
    if (invalid) for (const name of ["aria-invalid", "aria-describedby"]) if (select.getAttribute(name)) this.ts.control_input.setAttribute(name, select.getAttribute(name));
    if (source) this.ts.on("type", () => this.forget());
    // What another field narrows is asked anew when that field changes.
    this.onOther = ({ target }) => { if (this.others().includes(target.name)) { this.ts.clear(true); this.ts.clearOptions(); this.ts.loadedSearches = {}; } };
    if (this.others().length) select.form?.addEventListener("change", this.onOther);
    this.form = select.form;
  }
  disconnectedCallback() {
    this.form?.removeEventListener("change", this.onOther);
    this.ts?.destroy();
    this.ts = null;
  }
  others() { return (this.getAttribute("with") ?? "").split(/[\s,]+/).filter(Boolean); }
  forget() {
    const chosen = new Set(this.ts.items);
    for (const id of Object.keys(this.ts.options)) if (!chosen.has(id)) this.ts.removeOption(id, true);
  }
  address(source, query) {
    const url = new URL(source, location.href);
    url.searchParams.set("q", query);
    for (const name of this.others()) {
      const value = this.form?.elements[name]?.value;
      if (value) url.searchParams.set(name, value);
    }
    return url.pathname + url.search;
  }
  // The form of a new record opens beside this one; saved, it comes back as "lookup:created".
  make(text) {
    waiting = this;
    const url = new URL(this.getAttribute("create"), location.href);
    url.searchParams.set("name", text);
    this.ts.blur();
    htmx.ajax("GET", url.pathname + url.search, { target: this.closest("#drawer") ? "#modal-body" : "#drawer-body" });
  }
  // Chooses these, known to the list or not: [{id, text, sub}]
  take(found) {
    const select = $("select", this);
    if (!this.ts) return select.replaceChildren(...found.map(({ id, text }) => make("option", { value: id, selected: true }, text)));
    this.ts.clear(true);
    for (const one of found.filter(({ id }) => id)) {
      this.ts.addOption({ ...one, id: String(one.id) });
      this.ts.addItem(String(one.id));
    }
  }
}
customElements.define("tenon-lookup", TenonLookup);
