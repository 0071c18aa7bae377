// Forms with data-guard="key": nothing typed is lost. Changes are kept in this window's storage
// until the form is saved; whoever comes back is offered them.
import { ask } from "../base/ask.js";
import { $, $$, make, on, sign, t } from "../base/config.js";
import htmx from "../base/htmx.js";

const PREFIX = "tenon-draft:";
const SENT = "tenon-sent";
const NEVER = 'input[type="password"], input[type="file"], input[type="hidden"][name*="csrf"]';
const dirty = new WeakSet();
const timers = new WeakMap();

const keyOf = (form) => PREFIX + form.dataset.guard;
const guarded = (element) => element.closest?.("form[data-guard]");
const open = () => $$("form[data-guard]").filter((form) => dirty.has(form));
const kept = (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } };

// [name, value, shown text of a chosen option]
function snapshot(form) {
  const entries = [];
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.matches(NEVER) || field.type === "submit" || field.type === "button") continue;
    if (field.type === "checkbox" || field.type === "radio") { if (field.checked) entries.push([field.name, field.value]); }
    else if (field.tagName === "SELECT") entries.push(...[...field.selectedOptions].map((option) => [field.name, option.value, option.textContent]));
    else entries.push([field.name, field.value]);
  }
  return entries;
}
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

for (const kind of ["input", "change"]) {
  on(kind, ({ target, isTrusted }) => {
    const form = guarded(target);
    if (!form || (!isTrusted && kind === "change" && !target.closest("tenon-lookup, tenon-lines"))) return;
    dirty.add(form);
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => sessionStorage.setItem(keyOf(form), JSON.stringify(snapshot(form))), 300));
  });
}

function forget(form) {
  clearTimeout(timers.get(form));
  dirty.delete(form);
  sessionStorage.removeItem(keyOf(form));
}

// ---- saved: by htmx the answer tells; by a plain post the next page does
on("submit", ({ target: form, defaultPrevented }) => {
  if (!form.dataset?.guard || defaultPrevented || form.matches("[hx-post], [hx-put], [hx-patch]")) return;
  clearTimeout(timers.get(form));
  if (dirty.has(form)) sessionStorage.setItem(keyOf(form), JSON.stringify(snapshot(form)));
  sessionStorage.setItem(SENT, keyOf(form));
  dirty.delete(form);
});
on("htmx:after:request", ({ detail }) => {
  const form = detail.ctx.request.form ?? guarded(detail.ctx.sourceElement);
  const { method } = detail.ctx.request;
  if (form?.dataset.guard && !/^GET$/i.test(method) && detail.ctx.sourceElement === form && detail.ctx.response.status < 400) forget(form);
});
const sent = sessionStorage.getItem(SENT);
sessionStorage.removeItem(SENT);
// The form came back with texts beside its fields: it holds what was typed, and is still unsaved.
const returned = sent && $$("form[data-guard]").find((form) => keyOf(form) === sent && $('[aria-invalid="true"], .tn-error', form));
if (returned) dirty.add(returned);
else if (sent) sessionStorage.removeItem(sent);

// ---- offered back
htmx.onLoad((root) => $$("form[data-guard]", root).concat(root.matches?.("form[data-guard]") ? [root] : []).forEach(offer));
function offer(form) {
  const draft = kept(keyOf(form));
  if (!draft || dirty.has(form) || $(".tn-draft", form) || same(draft, snapshot(form))) return;
  const note = make("div", { class: "tn-draft", role: "status" }, make("span", {}, t("There are unsaved changes from before.")));
  note.append(
    make("button", { type: "button", class: "btn", onclick: () => { restore(form, draft); note.remove(); } }, sign("undo", "is-sm"), t("Restore")),
    make("button", { type: "button", class: "btn tn-btn-plain", onclick: () => { forget(form); note.remove(); } }, t("Discard")),
  );
  form.prepend(note);
}
function restore(form, draft) {
  form.dispatchEvent(new CustomEvent("tenon:restore", { detail: draft })); // <tenon-lines> makes its rows
  const values = Map.groupBy ? Map.groupBy(draft, ([name]) => name) : grouped(draft);
  for (const field of form.elements) {
    if (!field.name || field.matches(NEVER) || field.type === "hidden") continue;
    const found = values.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = found.some(([, value]) => value === field.value);
    else if (field.tagName === "SELECT") pick(field, found);
    else if (found.length) field.value = found.shift()[1];
  }
  dirty.add(form);
}
function grouped(entries) {
  const found = new Map();
  for (const entry of entries) found.set(entry[0], [...(found.get(entry[0]) ?? []), entry]);
  return found;
}
function pick(field, found) {
  const chosen = field.multiple ? found : found.splice(0, 1);
  const lookup = field.closest("tenon-lookup");
  if (lookup?.take) return lookup.take(chosen.map(([, id, text]) => ({ id, text: text ?? id })));
  for (const option of field.options) option.selected = chosen.some(([, value]) => value === option.value);
}

// ---- leaving with changes
let leaving = false;
addEventListener("beforeunload", (event) => { if (!leaving && open().length) event.preventDefault(); });
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button || link.target || link.download || link.hasAttribute("hx-get") || /^(#|javascript:)/.test(link.getAttribute("href")) || !open().length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const discards = link.matches("[data-discard]"); // “Cancel” of the form itself
  if (!(await ask(question(discards)))) return;
  if (discards) open().forEach(forget);
  leaving = true;
  location.assign(link.href);
}, true);
const question = (discards) => ({
  title: t("Leave without saving?"),
  text: discards ? t("What you changed will be discarded.") : t("Your changes stay in this window and are offered when you come back."),
  action: t("Leave"), cancel: t("Stay here"), danger: discards,
});
for (const name of ["hide.bs.offcanvas", "hide.bs.modal"]) {
  on(name, (event) => {
    const box = event.target;
    const forms = open().filter((form) => box.contains(form));
    if (box.dataset.leave !== undefined || !forms.length) return;
    event.preventDefault();
    ask(question(true)).then((yes) => {
      if (!yes) return;
      forms.forEach(forget);
      document.dispatchEvent(new Event(`${box.id}:close`));
    });
  });
}

// A field that is mended loses its complaint at once, not at the next try.
on("input", ({ target }) => {
  if (target.getAttribute?.("aria-invalid") !== "true") return;
  target.removeAttribute("aria-invalid");
  target.classList.remove("is-invalid");
  const told = target.getAttribute("aria-describedby");
  if (told) $$(told.split(" ").map((id) => `#${CSS.escape(id)}.tn-error`).join(",")).forEach((error) => (error.hidden = true));
});
// One click, one record: a plain form is not sent twice.
on("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]")) return;
  setTimeout(() => $$("button:not([type=button])", form).forEach((button) => (button.disabled = true)));
  addEventListener("pageshow", () => $$("button", form).forEach((button) => (button.disabled = false)), { once: true });
});
