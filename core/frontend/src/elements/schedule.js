// What the calendar and the dispatch board share: EventCalendar with our events and texts.
import { config, t } from "../base/config.js";
import { isoMoment } from "../base/formats.js";
import htmx from "../base/htmx.js";
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

export const asEvent = ({ id, title, start, end, resource, allDay, tone, locked, ...rest }) => ({
  id: String(id), title, start, end, allDay: Boolean(allDay), resourceIds: resource == null ? [] : [resource].flat().map(String),
  editable: locked ? false : undefined, classNames: ["tn-event", `is-${tone ?? "blue"}`, locked ? "is-locked" : "", rest.conflict ? "is-conflict" : ""].filter(Boolean), extendedProps: { ...rest, locked },
});
export const asResource = ({ id, title, ...rest }) => ({ id: String(id), title, extendedProps: rest });

const resourceLabel = ({ resource }) => {
  const { initials, tone = 0, note, load } = resource.extendedProps ?? {};
  const bar = load === undefined ? "" : `<span class="tn-load" title="${escape(load)} %"><i style="height:${Math.min(100, Number(load))}%" class="${load > 90 ? "is-over" : ""}"></i></span>`;
  return { html: `<div class="tn-res"><span class="tn-avatar is-sm tn-tone-${Number(tone)}">${escape(initials ?? "")}</span><div class="tn-res-text"><div class="tn-res-name">${escape(resource.title)}</div><div class="tn-res-note">${escape(note)}</div></div>${bar}</div>` };
};
const eventContent = ({ event, timeText }) => {
  const { sub, note } = event.extendedProps ?? {};
  const last = [timeText, note].filter(Boolean).map(escape).join(" · ");
  return { html: `<div class="tn-event-in"><b>${escape(event.title)}</b>${sub ? `<span>${escape(sub)}</span>` : ""}${last ? `<small>${last}</small>` : ""}</div>` };
};

export async function schedule(element, target, options) {
  const a = (name, otherwise) => element.getAttribute(name) ?? otherwise;
  const [ec, resources] = await Promise.all([load(), a("resources") ? getJSON(a("resources")) : null]);
  if (!element.isConnected) return null;
  const source = a("src");
  const move = a("move");
  const save = async (info) => {
    const answer = await propose(move, { ...moved(info.event), version: info.event.extendedProps?.version });
    if (answer === null) return info.revert();
    if (answer.event) element.calendar.updateEvent(asEvent(answer.event));
    if (answer.refresh) element.calendar.refetchEvents();
  };
  return ec.createCalendar(target, [ec.ResourceTimeline, ec.TimeGrid, ec.DayGrid, ec.List, ec.Interaction], {
    locale: config.locale, date: a("date"), firstDay: Number(a("first-day", 1)), height: "100%", nowIndicator: true, slotEventOverlap: false,
    slotMinTime: a("from", "07:00"), slotMaxTime: a("to", "20:00"), slotDuration: "00:30", snapDuration: "00:15", slotHeight: 30, dayMaxEvents: true,
    slotLabelFormat: TIME, eventTimeFormat: TIME, editable: Boolean(move), eventStartEditable: Boolean(move), eventDurationEditable: Boolean(move), selectable: Boolean(a("create")),
    buttonText: (texts) => ({ ...texts, today: t("Today"), close: t("Close"), timeGridDay: t("Day"), resourceTimelineDay: t("Day"), timeGridWeek: t("Week"), resourceTimelineWeek: t("Week"), dayGridMonth: t("Month"), resourceTimelineMonth: t("Month"), listWeek: t("List") }),
    allDayContent: t("All day"), noEventsContent: t("Nothing is planned."), moreContent: ({ num }) => `+${num}`,
    resources: (resources ?? []).map(asResource), resourceLabelContent: resourceLabel, eventContent,
    eventSources: [{ events: async ({ startStr, endStr }) => {
      const found = await getJSON(`${source}${source.includes("?") ? "&" : "?"}start=${encodeURIComponent(startStr)}&end=${encodeURIComponent(endStr)}`);
      return (found.items ?? found).map(asEvent);
    } }],
    eventClick: ({ event, jsEvent }) => open(element, event.extendedProps?.url, jsEvent),
    eventDrop: save, eventResize: save,
    select: ({ start, end, resource }) => {
      const query = new URLSearchParams({ start: isoMoment(start), end: isoMoment(end), ...(resource ? { resource: resource.id } : {}) });
      open(element, `${a("create")}${a("create").includes("?") ? "&" : "?"}${query}`);
      element.calendar.unselect();
    },
    ...options,
  });
}
export const moved = (event) => ({ id: event.id, start: isoMoment(event.start), end: isoMoment(event.end ?? event.start), all_day: event.allDay, resource: event.resourceIds[0] ?? null });

function open(element, url, pointer) {
  if (!url?.startsWith("/")) return;
  if (pointer?.ctrlKey || pointer?.metaKey) return window.open(url, "_blank", "noopener");
  if (element.getAttribute("open") === "page") return location.assign(url);
  htmx.ajax("GET", url, { target: "#drawer-body" });
}
export async function destroy(calendar) {
  if (calendar) (await load()).destroyCalendar(calendar);
}
