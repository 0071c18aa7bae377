// <tenon-progress src="/jobs/7/events"> or with poll="1500": how far background work is.
import { $, make, t } from "../base/config.js";
import htmx from "../base/htmx.js";
import { getJSON, parsed } from "../base/talk.js";
import { toast } from "../base/toast.js";

class TenonProgress extends HTMLElement {
  connectedCallback() {
    if (!$(".tn-progress", this)) {
      this.append(make("div", { class: "tn-progress is-unknown", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": this.getAttribute("label") ?? t("Progress") }, make("i")));
      this.append(make("div", { class: "tn-progress-label", "aria-live": "polite" }));
    }
    if (this.hasAttribute("poll")) this.poll();
    else this.listen();
  }
  disconnectedCallback() { this.stop(); }
  stop() {
    this.source?.close();
    clearTimeout(this.timer);
    this.stopped = true;
  }
  listen() {
    let heard = false;
    this.source = new EventSource(this.getAttribute("src"));
    const hear = (event) => { heard = true; this.show({ ...parsed(event.data), ...(event.type === "progress" ? {} : { [event.type]: true }) }); };
    for (const kind of ["progress", "done", "failed"]) this.source.addEventListener(kind, hear);
    this.source.onerror = () => { if (!heard) { this.source.close(); this.poll(); } };
  }
  async poll() {
    try {
      this.show(await getJSON(this.getAttribute("src")));
    } catch (fault) {
      if (fault.status && fault.status < 500) return this.show({ failed: true, message: fault.message });
    }
    if (!this.stopped) this.timer = setTimeout(() => this.poll(), Number(this.getAttribute("poll")) || 1500);
  }
  show({ percent, label, done, failed, message, url, redirect }) {
    const bar = $(".tn-progress", this);
    const known = typeof percent === "number" || done;
    bar.classList.toggle("is-unknown", !known && !failed);
    if (known) {
      const share = done ? 100 : Math.max(0, Math.min(100, percent));
      bar.firstElementChild.style.width = `${share}%`;
      bar.setAttribute("aria-valuenow", Math.round(share));
    }
    const text = $(".tn-progress-label", this);
    if (text) text.textContent = (failed && message) || label || message || "";
    if (!done && !failed) return;
    this.stop();
    bar.classList.add(failed ? "is-red" : "is-green");
    if (message) toast(message, failed ? "error" : "success");
    this.dispatchEvent(new CustomEvent("tenon:done", { bubbles: true, detail: { done, failed, message } }));
    if (redirect?.startsWith("/")) location.assign(redirect);
    else if (url?.startsWith("/")) htmx.ajax("GET", url, { target: this, swap: "outerHTML" });
  }
}
customElements.define("tenon-progress", TenonProgress);
