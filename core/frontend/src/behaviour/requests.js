// How htmx behaves here: what every request carries, and what happens when one is refused.
import { ask } from "../base/ask.js";
import { $, config, on, t } from "../base/config.js";
import { explain, meaning, parsed } from "../base/talk.js";
import { toast } from "../base/toast.js";

on("htmx:config:request", ({ detail }) => {
  const { request } = detail.ctx;
  if (!/^(GET|HEAD)$/i.test(request.method)) request.headers["x-csrf-token"] = config.csrf ?? "";
  request.headers["x-timezone"] = Intl.DateTimeFormat().resolvedOptions().timeZone;
});

// 422 is swapped: the form comes back with its texts. All others leave the page as it is.
on("htmx:response:error", ({ detail }) => {
  const { response, text } = detail.ctx;
  if (response.status === 422) return focusFault();
  if (response.status === 401) return leave();
  if (response.headers.get("hx-trigger")?.includes("toast")) return; // the server has its own words
  const told = explain(parsed(text ?? ""), response.status);
  const stale = response.status === 409 || response.status === 412;
  toast(told, "error", stale ? { url: location.href, text: t("Load again") } : null);
});
on("htmx:error", ({ detail }) => {
  if (!detail.ctx || detail.ctx.response) return;
  toast(meaning(0), "error");
});
on("htmx:confirm", (event) => {
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = event.detail;
  ask(ctx.confirm, wording(ctx.sourceElement)).then((yes) => (yes ? issueRequest() : dropRequest()));
});

// What the server asks of the page by HX-Trigger.
on("toast", ({ detail }) => toast(detail.message ?? detail.value, detail.kind, detail.link));
on("session:ended", leave);

let leaving = false;
function leave() {
  if (leaving) return;
  leaving = true;
  toast(meaning(401), "warning");
  setTimeout(() => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`), 1200);
}

// The first wrong field, once the answer stands in the page.
function focusFault() {
  document.addEventListener("htmx:after:swap", () => {
    const first = $('[aria-invalid="true"]');
    first?.scrollIntoView({ block: "center" });
    (first?.closest("tenon-lookup")?.querySelector("input") ?? first)?.focus({ preventScroll: true });
  }, { once: true });
}

// data-confirm on any button, link or form: asked first, then done as if clicked again.
let agreed = null;
document.addEventListener("click", (event) => {
  const element = event.target.closest?.("[data-confirm]:not(form)");
  if (!element || element === agreed) return;
  hold(event, element, () => element.click());
}, true);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset?.confirm || form === agreed) return;
  hold(event, form, () => form.requestSubmit(event.submitter));
}, true);

async function hold(event, element, again) {
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await ask(element.dataset.confirm, wording(element)))) return;
  agreed = element;
  again();
  agreed = null;
}

const wording = ({ dataset }) => ({
  text: dataset.confirmText,
  action: dataset.confirmAction ?? t("OK"),
  danger: dataset.confirmKind === "danger",
});

addEventListener("offline", () => toast(t("You are offline. What you enter stays here until you can save it."), "warning"));
addEventListener("online", () => toast(t("You are online again."), "success"));
