// Questions: our own dialog, never the browser's.
import { $, make, t } from "./config.js";

// Opens a dialog and resolves to what its form held ({} for a bare yes), or null if refused.
// {title, text, body (a node), action, cancel, danger, wide}
export function askFor({ title, text, body, action = t("OK"), cancel = t("Cancel"), danger = false, wide = false }) {
  return new Promise((resolve) => {
    const id = `ask-${Math.round(performance.now() * 1000)}`;
    const form = make("form", { method: "dialog", style: "display:contents" });
    const content = make("div", { class: "tn-modal-body" });
    if (text) content.append(...String(text).split("\n").map((line) => make("p", {}, line)));
    if (body) content.append(body);
    const yes = make("button", { class: `btn ${danger ? "btn-danger" : "btn-primary"}`, value: "yes" }, action);
    const no = cancel ? make("button", { class: "btn", type: "button", onclick: () => dialog.close("") }, cancel) : null;
    form.append(make("div", { class: "tn-modal-head" }, make("h2", { id }, title)), content, make("div", { class: "tn-modal-foot" }, no, yes));
    const dialog = make("dialog", { class: `tn-modal ${wide ? "is-wide" : ""}`, "aria-labelledby": id }, form);
    dialog.addEventListener("close", () => {
      const values = Object.fromEntries(new FormData(form));
      const agreed = dialog.returnValue === "yes";
      dialog.remove();
      resolve(agreed ? values : null);
    });
    document.body.append(dialog);
    dialog.showModal();
    ($("[autofocus], .form-control, .form-select", content) ?? (danger ? no : yes))?.focus();
  });
}

export async function ask(question, options = {}) {
  const given = typeof question === "string" ? { title: question, ...options } : question;
  return (await askFor(given)) !== null;
}

// A short list of choices beside a point or an element; resolves to the chosen key, or null.
export function choose(anchor, title, choices) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let answer = null;
    const items = choices.map(({ key, label, disabled }) =>
      make("button", { type: "button", class: "dropdown-item", role: "menuitem", disabled, onclick: () => { answer = key; menu.hidePopover(); } }, label));
    const menu = make("div", { class: "tn-popover", role: "menu", "aria-label": title, popover: "auto" }, make("div", { class: "dropdown-header" }, title), ...items);
    menu.addEventListener("keydown", (e) => {
      if (!/^Arrow(Up|Down)$/.test(e.key)) return;
      e.preventDefault();
      const at = items.indexOf(document.activeElement);
      items[(at + (e.key === "ArrowDown" ? 1 : -1) + items.length) % items.length].focus();
    });
    menu.addEventListener("toggle", (e) => {
      if (e.newState !== "closed") return;
      menu.remove();
      if (answer === null) before?.focus?.();
      resolve(answer);
    });
    document.body.append(menu);
    menu.showPopover();
    const box = anchor instanceof Element ? anchor.getBoundingClientRect() : { left: anchor.x, bottom: anchor.y, top: anchor.y };
    const top = box.bottom + 4 + menu.offsetHeight > innerHeight ? Math.max(8, box.top - menu.offsetHeight - 4) : box.bottom + 4;
    menu.style.cssText = `left:${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 12))}px;top:${top}px`;
    items.find((item) => !item.disabled)?.focus();
  });
}
