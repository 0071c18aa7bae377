// <tenon-gantt src="/…/bars" data-move="/…/move" data-foresee="/…/foresee" mode="Week">: a table of
// tasks on the left, bars and arrows on the right. Buttons with data-gantt-mode="Day|Week|Month" change the scale.
import { $, $$, locale, make, on, t } from "../base/config.js";
import { isoDay } from "../base/formats.js";
import htmx from "../base/htmx.js";
import { askFor } from "../base/ask.js";
import { post, propose } from "../base/propose.js";
import { toast } from "../base/toast.js";
import { getJSON } from "../base/talk.js";

const DAY = 864e5;
const format = (options) => { const made = new Intl.DateTimeFormat(locale, options); return (date) => made.format(date); };
const monthYear = format({ month: "long", year: "numeric" });
const dayMonth = format({ day: "numeric", month: "short" });
const day = format({ day: "numeric" });
const month = format({ month: "short" });
const year = format({ year: "numeric" });
const first = (text) => (date, before) => (!before || text(date) !== text(before) ? text(date) : "");
const MODES = [
  { name: "Day", padding: "4d", step: "1d", date_format: "YYYY-MM-DD", column_width: 34, lower_text: day, upper_text: first(monthYear), thick_line: (d) => d.getDay() === 1 },
  { name: "Week", padding: "8d", step: "7d", date_format: "YYYY-MM-DD", column_width: 62, lower_text: day, upper_text: first(monthYear), thick_line: (d) => d.getDate() <= 7 },
  { name: "Month", padding: "1m", step: "1m", date_format: "YYYY-MM", column_width: 120, lower_text: month, upper_text: first(year), thick_line: (d) => d.getMonth() % 3 === 0, snap_at: "7d" },
];
// frappe-gantt starts a week where the padding ends: so it must end on a Monday. Weeks fill the width.
function weeks(tasks, width) {
  const begin = new Date(Math.min(...tasks.map((task) => new Date(task.start))));
  const end = new Date(Math.max(...tasks.map((task) => new Date(task.end))));
  const lead = ((begin.getDay() + 6) % 7) + 7;
  return { padding: [`${lead}d`, "10d"], column_width: Math.max(46, Math.floor(width / (Math.ceil((end - begin) / (7 * DAY)) + 3))) };
}
on("click", ({ target }) => {
  const button = target.closest?.("[data-gantt-mode]");
  if (!button) return;
  $$("[data-gantt-mode]", button.parentElement).forEach((other) => other.setAttribute("aria-pressed", other === button));
  $$("tenon-gantt").forEach((element) => element.scale(button.dataset.ganttMode));
});

class TenonGantt extends HTMLElement {
  async connectedCallback() {
    this.mode ??= this.getAttribute("mode") ?? "Week";
    this.reload = () => this.load();
    document.addEventListener("gantt:refresh", this.reload);
    await this.load();
  }
  disconnectedCallback() {
    document.removeEventListener("gantt:refresh", this.reload);
    this.replaceChildren();
  }
  async load() {
    try {
      const [{ default: Gantt }, found] = await Promise.all([import("frappe-gantt"), getJSON(this.getAttribute("src"))]);
      if (!this.isConnected) return;
      this.Gantt = Gantt;
      this.take(found.bars ?? found);
    } catch (error) {
      console.warn(error);
      this.classList.add("is-failed");
      this.textContent = t("This could not be loaded.");
    }
  }
  take(tasks) {
    this.tasks = tasks;
    this.columns = JSON.parse(this.dataset.columns ?? "[]");
    this.style.setProperty("--tn-columns", this.columns.length);
    if (!tasks.length) { this.classList.add("is-failed"); this.textContent = t("Nothing is planned."); return; }
    this.classList.remove("is-failed");
    this.list = make("div", { class: "tn-gantt-list" }, make("div", { class: "tn-gantt-head" }, ...[t("Task"), t("Start"), t("End"), ...this.columns].map((text) => make("span", {}, text))), ...tasks.map((task) => this.row(task)));
    this.box = make("div", { class: "tn-gantt-box" });
    this.replaceChildren(this.list, this.box);
    this.draw();
  }
  row(task) {
    const cells = [task.name, dayMonth(new Date(task.start)), dayMonth(new Date(task.end)), ...(task.cells ?? [])].map((text) => make("span", { title: text }, text));
    return make("button", { type: "button", class: `tn-gantt-row ${state(task)}`, "data-id": task.id, onclick: () => this.open(task) }, ...cells);
  }
  open(task) {
    if (task.url?.startsWith("/")) htmx.ajax("GET", task.url, { target: "#drawer-body" });
  }
  draw() {
    const modes = MODES.map((mode) => (mode.name === "Week" ? { ...mode, ...weeks(this.tasks, this.box.clientWidth) } : mode));
    modes.sort((a, b) => (b.name === this.mode) - (a.name === this.mode)); // frappe-gantt opens the first
    this.gantt = new this.Gantt(this.box, this.tasks.map((task) => this.bar(task)), {
      view_modes: modes, language: "en", bar_height: 22, padding: 16, bar_corner_radius: 5, upper_header_height: 30, lower_header_height: 30,
      readonly: !this.dataset.move, readonly_progress: true, today_button: false, scroll_to: "start", container_height: "auto", infinite_padding: false, popup: false,
      move_dependencies: false, on_click: (task) => this.timer || this.open(this.tasks.find((one) => String(one.id) === task.id)),
      on_date_change: (task, start, end) => this.changed(task.id, start, end),
    });
    this.compare();
    const holder = $(".gantt-container", this.box);
    if (holder) { holder.tabIndex = 0; holder.setAttribute("role", "group"); holder.setAttribute("aria-label", this.getAttribute("label") ?? t("Plan")); }
  }
  // names stand in our table: a bar without one is quieter
  bar(task) {
    return { id: String(task.id), name: " ", start: task.start, end: task.end, progress: task.progress ?? 0, dependencies: (task.dependencies ?? []).map(String), custom_class: state(task).replaceAll(" ", "_") }; // it takes one class
  }
  scale(mode) {
    this.mode = mode;
    this.gantt?.change_view_mode(mode);
    this.compare();
  }
  // The other side's dates as a thin bar below: the scale is that of the task's own bar.
  compare() {
    for (const task of this.tasks.filter((one) => one.planned)) {
      const bar = $(`.bar-wrapper[data-id="${CSS.escape(task.id)}"] .bar`, this.box);
      if (!bar) continue;
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(bar.getAttribute(name)));
      const days = (a, b) => (new Date(b) - new Date(a)) / DAY;
      const scale = width / Math.max(1, days(task.start, task.end) + 1);
      const thin = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const box = { x: x + days(task.start, task.planned[0]) * scale, y: y + height + 2, width: Math.max(3, (days(...task.planned) + 1) * scale), height: 4, rx: 2, class: "tn-planned" };
      for (const [name, value] of Object.entries(box)) thin.setAttribute(name, value);
      bar.parentElement.append(thin);
    }
  }
  // While a bar is dragged every step is told: the last one is posted.
  changed(id, start, end) {
    const row = $(`[data-id="${CSS.escape(id)}"]`, this.list);
    [row.children[1].textContent, row.children[2].textContent] = [dayMonth(start), dayMonth(end)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.timer = 0; this.post(id, start, end); }, 300); // meanwhile no click
  }
  // What would follow is told before anything changes. Gives the reason, or null to give up.
  async foresee(task, data) {
    const title = t("Move “{name}”?", { name: task.name });
    let told = { lines: [] };
    if (this.dataset.foresee) {
      try {
        told = await post(this.dataset.foresee, data);
      } catch (fault) {
        toast(fault.message, "warning");
        return null;
      }
    }
    const lines = told.lines.length ? make("div", { class: `tn-alert is-${told.tone}` }, make("ul", {}, ...told.lines.map((line) => make("li", {}, line)))) : null;
    const field = make("input", { class: "form-control", name: "reason", maxLength: 200 });
    const dates = make("p", { class: "tn-meta" }, `${dayMonth(new Date(data.start))} – ${dayMonth(new Date(data.end))}`);
    const given = await askFor({ title, body: make("div", {}, dates, lines, make("label", { class: "tn-field" }, t("Reason"), field)), action: t("Move") });
    return given && given.reason;
  }
  async post(id, start, end) {
    const task = this.tasks.find((one) => String(one.id) === id);
    const data = { id, start: isoDay(start), end: isoDay(end) };
    const reason = task.movable === false ? null : await this.foresee(task, data);
    const answer = reason === null ? null : await propose(this.dataset.move, { ...data, reason });
    if (answer === null) return this.take(this.tasks); // back as it was
    await this.load(); // other bars may have moved with it
    this.dispatchEvent(new CustomEvent("tenon:planned", { bubbles: true }));
  }
}
const state = (task) => `is-${task.tone ?? "blue"}${task.movable === false ? " is-locked" : ""}`;
customElements.define("tenon-gantt", TenonGantt);
