// What changes while a page is open: notifications, relative times, copying.
import { $, $$, config, on, t } from "../base/config.js";
import { ago, moment } from "../base/formats.js";
import htmx from "../base/htmx.js";
import { parsed } from "../base/talk.js";
import { toast } from "../base/toast.js";

// ---- notifications. A browser allows few connections to one server, and each tab would hold
// one for ever: the tab that holds the lock listens, and tells the others.
const channel = "BroadcastChannel" in window ? new BroadcastChannel("tenon-live") : null;
const KINDS = ["notification", "count", "changed"];

function listen() {
  const source = new EventSource(config.events || "/events");
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      const message = { kind, data: parsed(event.data) };
      channel?.postMessage(message);
      receive(message, true);
    });
  }
  return source;
}
if (config.csrf && $("[data-unread]") && config.events !== false) {
  channel?.addEventListener("message", ({ data }) => receive(data, false));
  if (navigator.locks && channel) navigator.locks.request("tenon-live", () => new Promise(() => listen()));
  else listen();
}
function receive({ kind, data }, first) {
  if (data.count !== undefined) showCount(data.count);
  if (kind === "notification" && data.text && document.visibilityState === "visible") {
    toast(data.text, data.level ?? "info", data.url ? { url: data.url, text: t("Show") } : null);
  }
  if (kind === "changed") changed(data);
  document.dispatchEvent(new CustomEvent(`tenon:${kind}`, { detail: { ...data, first } }));
}
function showCount(count) {
  for (const badge of $$("[data-unread]")) {
    badge.hidden = !count;
    badge.textContent = count > 99 ? "99+" : count;
  }
}
// Somebody saved the record that this page shows.
function changed({ entity, id, by }) {
  const page = $(`[data-record="${CSS.escape(`${entity}:${id}`)}"]`);
  if (!page || page.dataset.changed) return;
  page.dataset.changed = "1";
  toast(by ? t("{name} has changed this record.", { name: by }) : t("This record has changed."), "warning", { url: location.href, text: t("Load again") });
}

// ---- relative times: <time datetime data-relative>, <tenon-richtime datetime>
export function refreshTimes(root = document) {
  const now = Date.now();
  for (const element of $$("time[data-relative], tenon-richtime", root)) {
    const date = new Date(element.getAttribute("datetime"));
    if (Number.isNaN(+date)) continue;
    element.textContent = ago(date, now);
    if (!element.title) element.title = moment(date);
  }
}
refreshTimes();
htmx.onLoad((root) => refreshTimes(root.parentElement ?? document));
setInterval(() => document.visibilityState === "visible" && refreshTimes(), 30000);
on("visibilitychange", () => refreshTimes());

// ---- <button data-copy="text"> or data-copy-from="#selector"
on("click", async ({ target }) => {
  const button = target.closest?.("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && $(button.dataset.copyFrom);
  const text = source ? source.value ?? source.textContent.trim() : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    toast(t("Copied."), "success");
  } catch {
    toast(t("The browser does not allow copying here."), "warning");
  }
});
on("click", ({ target }) => { if (target.closest?.("[data-print]")) print(); });

// ---- plain drop zones: which files were chosen. <tenon-upload> does more.
for (const kind of ["dragover", "dragleave", "drop"]) {
  on(kind, ({ target }) => target.closest?.(".tn-dropzone")?.classList.toggle("is-over", kind === "dragover"));
}
on("change", ({ target }) => {
  const zone = target.type === "file" && target.closest(".tn-dropzone");
  if (!zone) return;
  const names = [...target.files].map((file) => file.name).join(", ");
  const shown = $("[data-chosen]", zone) ?? zone.appendChild(Object.assign(document.createElement("small"), { className: "tn-ink-2" }));
  shown.dataset.chosen = "";
  shown.textContent = names;
});
