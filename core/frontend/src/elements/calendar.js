// <tenon-calendar src="/…/events" move="/…/move" create="/…/new" view="week" views="day,week,month,list">
import { isPhone, t } from "../base/config.js";
import { destroy, schedule, viewName } from "./schedule.js";

class TenonCalendar extends HTMLElement {
  async connectedCallback() {
    if (this.calendar || this.starting) return;
    this.starting = true;
    const resources = this.hasAttribute("resources");
    const views = (this.getAttribute("views") ?? "day,week,month,list").split(",").map((name) => viewName(name.trim(), resources));
    const view = viewName(isPhone() ? this.getAttribute("phone-view") ?? "list" : this.getAttribute("view") ?? "week", resources);
    try {
      this.calendar = await schedule(this, this, {
        view, headerToolbar: { start: isPhone() ? "prev,next title" : "today prev,next title", center: "", end: views.join(",") },
        allDaySlot: this.getAttribute("all-day") !== "no",
      });
    } catch (error) {
      console.warn(error);
      this.classList.add("is-failed");
      this.textContent = t("This could not be loaded.");
    }
    this.starting = false;
    this.refresh = () => this.calendar?.refetchEvents();
    document.addEventListener("calendar:refresh", this.refresh);
  }
  disconnectedCallback() {
    document.removeEventListener("calendar:refresh", this.refresh);
    destroy(this.calendar);
    this.calendar = null;
  }
}
customElements.define("tenon-calendar", TenonCalendar);
