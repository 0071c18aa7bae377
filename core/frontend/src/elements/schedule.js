// What the calendar and the dispatch board share: EventCalendar with our events and texts.
import { config, t } from "../base/config.js";
import { inZone, isoMoment } from "../base/formats.js";
import htmx from "../base/htmx.js";
import { choose } from "../base/ask.js";
import { propose } from "../base/propose.js";
import { getJSON } from "../base/talk.js";

let library;
export const load = () => (library ??= import("@event-calendar/core"));
export const escape = (text) => String(text ?? "").replace(/[&<>"]/g, (found) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[found]);

// Our short names of views -> EventCalendar's, without and with resources.
const VIEWS = {
  day: ["timeGridDay", "resourceTimelineDay"], week: ["timeGridWeek", "resourceTimelineWeek"],
  month: ["dayGridMonth", "resourceTimelineMonth"], list: ["listWeek", "listWeek"],
};
export const viewName = (name, withResources) => VIEWS[name]?.[withResources ? 1 : 0] ?? name;
const TIME = { hour: "2-digit", minute: "2-digit", hour12: false };

export const asEvent = ({ id, title, start, end, resource, all_day: allDay, tone, movable = true, ...rest }) => ({
  id: String(id), title, start: inZone(start), end: inZone(end), allDay: Boolean(allDay), resourceIds: resource == null ? [] : [resource].flat().map(String),
  editable: movable ? undefined : false, classNames: ["tn-event", `is-${tone ?? "blue"}`, movable ? "" : "is-locked", rest.conflict ? "is-conflict" : ""].filter(Boolean), extendedProps: rest,
});
export const asResource = ({ id, name, ...rest }) => ({ id: String(id), title: name, extendedProps: { ...rest, initials: rest.initials ?? initials(name), tone: rest.tone ?? [...name].reduce((sum, sign) => sum + sign.codePointAt(0), 0) % 8 } });
const initials = (name) => (/[\u4e00-\u9fff]/.test(name) ? name.slice(-2) : name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase());

const resourceLabel = ({ resource }) => {
  const { initials, tone = 0, note, load } = resource.extendedProps ?? {};
  const bar = load === undefined ? "" : `<span class="tn-load" title="${escape(load)} %"><i style="height:${Math.min(100, Number(load))}%" class="${load > 90 ? "is-over" : ""}"></i></span>`;
  return { html: `<div class="tn-res"><span class="tn-avatar is-sm tn-tone-${Number(tone)}">${escape(initials ?? "")}</span><div class="tn-res-text"><div class="tn-res-name">${escape(resource.title)}</div><div class="tn-res-note">${escape(note)}</div></div>${bar}</div>` };
};
const eventContent = ({ event, timeText }) => {
  const { note, flag } = event.extendedProps ?? {};
  const last = [timeText, flag].filter(Boolean).map(escape).join(" · ");
  return { html: `<div class="tn-event-in"><b>${escape(event.title)}</b>${note ? `<span>${escape(note)}</span>` : ""}${last ? `<small>${last}</small>` : ""}</div>` };
};

export async function schedule(element, target, options) {
  const a = (name, otherwise) => element.getAttribute(name) ?? otherwise;
  const source = a("src");
  const window = (start, end) => `${source}${source.includes("?") ? "&" : "?"}start=${encodeURIComponent(start)}&end=${encodeURIComponent(end)}`;
  const [ec, resources] = await Promise.all([load(), peopleOf(element, window)]);
  if (!element.isConnected) return null;
  // Several plugins' records may stand in one calendar: each is moved where its schedule says.
  const schedules = JSON.parse(a("data-schedules", "[]"));
  const moveOf = ({ extendedProps = {} }) => schedules.find(({ key }) => key === extendedProps.schedule)?.move ?? a("move", a("data-move"));
  const movable = schedules.some((one) => one.movable) || element.hasAttribute("move") || element.hasAttribute("data-movable");
  const news = schedules.filter((one) => one.movable && one.new).map((one) => ({ key: one.new, label: one.label }));
  if (a("create")) news.push({ key: a("create"), label: a("create") });
  const save = async (info) => {
    const answer = await propose(moveOf(info.event), { ...moved(info.event), version: info.event.extendedProps?.version });
    if (answer === null) return info.revert();
    if (answer.version !== undefined) element.calendar.refetchEvents(); // each carries its version
  };
  return ec.createCalendar(target, [ec.ResourceTimeline, ec.TimeGrid, ec.DayGrid, ec.List, ec.Interaction], {
    locale: config.locale, date: a("date"), firstDay: Number(a("first-day", 1)), height: "100%", nowIndicator: true, slotEventOverlap: false,
    slotMinTime: a("from", "07:00"), slotMaxTime: a("to", "20:00"), slotDuration: "00:30", snapDuration: "00:15", slotHeight: 30, dayMaxEvents: true,
    slotLabelFormat: TIME, eventTimeFormat: TIME, editable: movable, eventStartEditable: movable, eventDurationEditable: movable, selectable: news.length > 0,
    buttonText: (texts) => ({ ...texts, today: t("Today"), close: t("Close"), timeGridDay: t("Day"), resourceTimelineDay: t("Day"), timeGridWeek: t("Week"), resourceTimelineWeek: t("Week"), dayGridMonth: t("Month"), resourceTimelineMonth: t("Month"), listWeek: t("List") }),
    allDayContent: t("All day"), noEventsContent: t("Nothing is planned."), moreContent: ({ num }) => `+${num}`,
    resources: (resources ?? []).map(asResource), resourceLabelContent: resourceLabel, eventContent,
    eventSources: [{ events: async ({ startStr, endStr }) => {
      const found = await getJSON(window(startStr, endStr));
      element.took?.(found);
      return (found.items ?? found).map(asEvent);
    } }],
    eventClick: ({ event, jsEvent }) => open(element, event.extendedProps ?? {}, jsEvent),
    eventDrop: save, eventResize: save,
    select: async ({ start, end, resource, jsEvent }) => {
      const made = news.length === 1 ? news[0].key : await choose({ x: jsEvent?.clientX ?? 200, y: jsEvent?.clientY ?? 200 }, t("New"), news);
      const fields = schedules.find((one) => one.new === made) ?? { start: "start", end: "end" };
      const query = new URLSearchParams({ [fields.start]: isoMoment(start), [fields.end]: isoMoment(end), ...(resource ? { resource: resource.id } : {}) });
      if (made) htmx.ajax("GET", `${made}?${query}`, { target: "#drawer-body" });
      element.calendar.unselect();
    },
    ...options,
  });
}
export const moved = (event) => ({ id: event.id, start: isoMoment(event.start), end: isoMoment(event.end ?? event.start), resource: event.resourceIds[0] ?? null });

async function peopleOf(element, window) {
  if (element.hasAttribute("resources")) return getJSON(element.getAttribute("resources"));
  if (element.localName !== "tenon-dispatch") return null;
  const today = new Date();
  return (await getJSON(window(isoMoment(today), isoMoment(new Date(+today + 36e5))))).resources ?? [];
}
// A record of a schedule is peeked at; others say by themselves what opens.
function open(element, { url, peek, schedule: own }, pointer) {
  if (!url?.startsWith("/")) return;
  if (pointer?.ctrlKey || pointer?.metaKey) return window.open(url, "_blank", "noopener");
  if (element.getAttribute("open") === "page") return location.assign(url);
  htmx.ajax("GET", peek ?? (own ? `${url}/peek` : url), { target: "#drawer-body" });
}
export async function destroy(calendar) {
  if (calendar) (await load()).destroyCalendar(calendar);
}
