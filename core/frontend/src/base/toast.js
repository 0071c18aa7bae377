import { $, make, t } from "./config.js";

const LASTING = { error: 12000, warning: 8000 };

// A message in the corner. kind: success, info, warning, error; link: {url, text}.
export function toast(message, kind = "info", link = null) {
  const box = $("#toasts") ?? document.body.appendChild(make("div", { id: "toasts" }));
  const icon = $(`#toast-icons [data-kind="${kind}"] svg`)?.cloneNode(true);
  const shown = make("div", { class: `tn-toast is-${kind}`, role: kind === "error" ? "alert" : "status" });
  if (icon) shown.append(icon);
  shown.append(make("span", {}, message));
  if (link) shown.append(make("a", { href: link.url }, link.text));
  shown.append(make("button", { type: "button", "aria-label": t("Close"), onclick: () => shown.remove() }, "×"));
  box.append(shown);
  raise(box);
  const end = () => setTimeout(() => (shown.matches(":hover, :focus-within") ? end() : shown.remove()), LASTING[kind] ?? 5000);
  end();
  return shown;
}

// As a popover it stands above an open dialog; shown anew, because the last one opened is on top.
function raise(box) {
  if (!box.showPopover) return;
  box.popover = "manual";
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
}
