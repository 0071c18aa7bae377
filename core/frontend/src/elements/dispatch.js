// <tenon-dispatch class="tn-dispatch" src move view="day|week">: people × time, with a
// .tn-pool of jobs without a time beside it, and a .tn-plan where the board is drawn.
import { askFor } from "../base/ask.js";
import { $, $$, make, sign, t } from "../base/config.js";
import { isoDay, isoMoment, isoTime } from "../base/formats.js";
import { propose } from "../base/propose.js";
import { destroy, moved, schedule, viewName } from "./schedule.js";

const QUARTER = 15 * 60e3;
const MINUTE = 60e3;
const hours = (text) => { const [h, m] = text.split(":").map(Number); return h + (m || 0) / 60; };

class TenonDispatch extends HTMLElement {
  async connectedCallback() {
    if (this.calendar || this.starting) return;
    this.starting = true;
    this.plan = $(".tn-plan", this);
    this.pool = $(".tn-pool", this);
    this.calendar = await schedule(this, this.plan, {
      view: viewName(this.getAttribute("view") ?? "day", true), slotWidth: this.width(),
      headerToolbar: { start: "today prev,next title", center: "", end: "resourceTimelineDay,resourceTimelineWeek" },
      views: { resourceTimelineWeek: { slotDuration: { days: 1 }, slotWidth: Math.max(88, Math.floor((this.plan.clientWidth - 196) / 7)) } },
      eventDragStop: ({ event, jsEvent }) => {
        this.over = this.hasAttribute("unplan") && this.isOverPool(jsEvent) ? event.id : null;
        this.outside = !document.elementFromPoint(jsEvent.clientX, jsEvent.clientY)?.closest(".tn-plan"); // EventCalendar would count on
      },
      eventDrop: (info) => this.dropped(info), eventResize: (info) => this.dropped(info),
    });
    this.starting = false;
    if (!this.calendar) return;
    this.refresh = () => this.calendar.refetchEvents();
    document.addEventListener("calendar:refresh", this.refresh);
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("htmx:after:swap", () => this.prepare());
    this.prepare();
  }
  disconnectedCallback() {
    document.removeEventListener("calendar:refresh", this.refresh);
    destroy(this.calendar);
    this.calendar = null;
  }
  // The day fits the width: nobody has to scroll sideways on a desktop.
  width() {
    const slots = 2 * (hours(this.getAttribute("to") ?? "20:00") - hours(this.getAttribute("from") ?? "07:00"));
    return Math.max(20, Math.floor((this.plan.clientWidth - 196) / slots));
  }
  isDay() { return this.calendar.getOption("view") === "resourceTimelineDay"; }
  isOverPool({ clientX, clientY }) { return Boolean(this.pool && document.elementFromPoint(clientX, clientY)?.closest(".tn-pool") === this.pool); }

  prepare() {
    for (const job of $$(".tn-job", this.pool ?? this)) {
      job.tabIndex = 0;
      if (this.canMove()) job.setAttribute("role", "button");
      if (!$(".tn-grip", job)) job.append(make("span", { class: "tn-grip", "aria-hidden": "true" }, sign("grip")));
    }
  }
  async dropped(info) {
    const { event } = info;
    const back = this.over === event.id; // let go over the pool: it has no time any more
    this.over = null;
    if (this.outside && !back) return info.revert();
    const data = back ? { id: event.id, start: null, end: null, resource: null } : moved(event);
    if (!back && !this.isDay() && info.oldEvent) keepTime(data, info);
    const answer = await propose(this.url(), { ...data, version: event.extendedProps?.version });
    if (answer === null) return info.revert();
    this.after();
  }
  url() { return this.getAttribute("move") ?? this.dataset.move; }
  canMove() { return this.hasAttribute("move") || this.dataset.movable !== undefined; }
  // The answer of `src` holds the pool, too: what somebody else planned has gone from it.
  took({ pool }) {
    const place = pool && $(".tn-pool-list", this);
    if (!place) return;
    const jobs = pool.map((job) => make("article", { class: `tn-job is-${job.tone ?? "blue"}`, "data-id": job.id, "data-version": job.version, "data-minutes": job.minutes ?? null },
      make("b", {}, job.url?.startsWith("/") ? make("a", { href: job.url }, job.title) : job.title), job.note ? make("p", {}, job.note) : null));
    place.replaceChildren(...(jobs.length ? jobs : [make("p", { class: "tn-meta" }, t("Nothing waits to be planned."))]));
    const count = $(".tn-pool .tn-count", this);
    if (count) count.textContent = jobs.length;
    this.prepare();
  }
  after() {
    this.calendar.refetchEvents();
    document.dispatchEvent(new Event("pool:refresh"));
    this.dispatchEvent(new CustomEvent("tenon:planned", { bubbles: true }));
  }
  // From the pool: in the day view a time, in the week view the first gap of a day.
  async place(job, { resource, start, day }) {
    const length = this.length(job);
    const begin = start ?? this.gap(resource, day, length);
    const data = { id: job.dataset.id, resource, start: isoMoment(begin), end: isoMoment(new Date(+begin + length)) };
    job.classList.add("is-dragging");
    const answer = await propose(this.url(), { ...data, version: job.dataset.version });
    job.classList.remove("is-dragging");
    if (answer === null) return job.focus();
    job.remove();
    this.after();
  }

  length(job) { return Number(job.dataset.minutes || this.dataset.minutes || 60) * MINUTE; }
  // Where the person has nothing for so long; else at the beginning, and the server may refuse.
  gap(resource, day, length) {
    const at = (text) => new Date(`${day}T${text}`);
    const first = at(this.dataset.morning ?? "08:00");
    const taken = this.calendar.getEvents().filter((event) => event.resourceIds.includes(resource) && isoDay(event.start) === day).sort((a, b) => a.start - b.start);
    let begin = first;
    for (const event of taken) {
      if (event.start - begin >= length) break;
      begin = new Date(Math.max(begin, event.end));
    }
    return +begin + length <= at(this.getAttribute("to") ?? "20:00") ? begin : first;
  }

  // EventCalendar takes nothing from outside: pointer events and dateFromPoint() do it. The place
  // is an overlay; an event would make its row grow and the rows below jump from the pointer.
  grab(down) {
    const job = down.target.closest(".tn-pool .tn-job");
    if (!job || !this.canMove() || down.button || (down.pointerType !== "mouse" && !down.target.closest(".tn-grip")) || down.target.closest("a, button:not(.tn-job)")) return;
    const length = this.length(job);
    const label = make("b");
    const box = make("div", { class: "tn-place", hidden: true }, label);
    let ghost = null;
    let place = null;
    const begin = () => {
      ghost = job.cloneNode(true);
      ghost.classList.add("tn-job-ghost");
      ghost.style.width = `${job.offsetWidth}px`;
      document.body.append(box, ghost);
      job.classList.add("is-dragging");
      document.documentElement.classList.add("is-job-drag");
    };
    const onMove = (event) => {
      if (!ghost && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < 5) return;
      if (!ghost) begin();
      event.preventDefault();
      ghost.style.transform = `translate(${event.clientX - 24}px, ${event.clientY + 14}px)`;
      place = this.at(event.clientX, event.clientY);
      box.hidden = !place;
      if (place) this.show(box, label, place, length);
    };
    const onUp = (event) => {
      removeEventListener("pointermove", onMove);
      for (const name of ["pointerup", "pointercancel"]) removeEventListener(name, onUp);
      if (!ghost) return;
      ghost.remove();
      box.remove();
      job.classList.remove("is-dragging");
      document.documentElement.classList.remove("is-job-drag");
      if (event.type === "pointerup" && place) this.place(job, place);
    };
    addEventListener("pointermove", onMove, { passive: false });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, onUp);
  }
  at(x, y) {
    const point = this.calendar.dateFromPoint(x, y);
    if (!point?.resource) return null;
    const found = { element: point.dayEl, resource: point.resource.id, title: point.resource.title };
    if (!this.isDay()) return { ...found, day: isoDay(point.date) };
    if (point.allDay) return null;
    return { ...found, start: new Date(Math.round(point.date / QUARTER) * QUARTER) };
  }
  show(box, label, place, length) {
    const cell = place.element.getBoundingClientRect();
    let [left, width] = [cell.left + 2, cell.width - 4];
    if (!place.day) {
      const scale = Number(this.calendar.getOption("slotWidth")) / (30 * MINUTE);
      const since = (place.start.getHours() + place.start.getMinutes() / 60 - hours(this.getAttribute("from") ?? "07:00")) * 60 * MINUTE;
      [left, width] = [cell.left + since * scale, length * scale];
    }
    box.style.cssText = `left:${left}px;top:${cell.top + 2}px;height:${cell.height - 4}px;width:${width}px`;
    label.textContent = place.day ? `${place.title} · ${place.day}` : `${place.title} · ${isoTime(place.start)}–${isoTime(new Date(+place.start + length))}`;
  }

  // By keys: Enter on a job of the pool asks for whom and when.
  async key(event) {
    const job = event.target.closest(".tn-pool .tn-job");
    if (!job || job !== event.target || !this.canMove() || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    const people = this.calendar.getOption("resources");
    const who = make("select", { class: "form-select", name: "resource", autofocus: true }, ...people.map(({ id, title }) => make("option", { value: id }, title)));
    const shown = this.calendar.getOption("date");
    const when = make("input", { class: "form-control", type: "datetime-local", name: "start", step: 900, required: true, value: `${isoDay(new Date(shown))}T${this.getAttribute("from") ?? "08:00"}` });
    const body = make("div", { class: "tn-stack" }, make("label", { class: "tn-field" }, t("Who"), who), make("label", { class: "tn-field" }, t("When"), when));
    const given = await askFor({ title: t("Plan “{name}”", { name: $("b", job)?.textContent ?? "" }), body, action: t("Plan") });
    if (given) this.place(job, { resource: given.resource, start: new Date(given.start) });
  }
}
// The week view knows days only: a job that goes to another day keeps its hour.
function keepTime(data, { event, oldEvent }) {
  const length = oldEvent.end - oldEvent.start;
  const start = new Date(event.start);
  start.setHours(oldEvent.start.getHours(), oldEvent.start.getMinutes());
  data.start = isoMoment(start);
  data.end = isoMoment(new Date(+start + length));
}
customElements.define("tenon-dispatch", TenonDispatch);
