// Numbers and times as the reader writes them; Chinese amounts come in 万 by themselves.
import { config, locale } from "./config.js";

const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const value = (given) => {
  const found = typeof given === "object" && given !== null ? given.value : given;
  return Array.isArray(found) ? found.at(-1) : found;
};
const amounts = new Map();
function amount(given, code, options) {
  const key = `${code} ${JSON.stringify(options)}`;
  if (!amounts.has(key)) amounts.set(key, new Intl.NumberFormat(locale, { style: "currency", currency: code, currencyDisplay: "narrowSymbol", ...options }));
  return amounts.get(key).format(given);
}
const currency = () => config.currency || "CNY";

// Names that a chart's JSON may use where ECharts takes a function.
export const formatters = {
  "@compact": (v) => compact.format(value(v)),
  "@number": (v) => plain.format(value(v)),
  "@money": (v) => amount(value(v), currency(), { notation: "compact", maximumFractionDigits: 1 }),
  "@amount": (v) => amount(value(v), currency(), { maximumFractionDigits: 2 }),
  "@percent": (v) => `${plain.format(value(v))} %`,
};
export const formatNumber = (v, digits = 2) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v);
export const formatBytes = (bytes) => {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  return `${plain.format(Math.round((bytes / 10 ** (power * 3)) * 10) / 10)} ${units[power]}`;
};

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const STEPS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
export function ago(date, now = Date.now()) {
  const seconds = (date - now) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  return relative.format(Math.trunc(seconds / size), unit);
}
const zone = config.zone || undefined;
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", timeZone: zone });
export const moment = (date) => full.format(date);

// A moment with an offset as a local one of the user's zone, which need not be the browser's.
const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export function inZone(text) {
  if (typeof text !== "string" || !/(Z|[+-]\d\d:?\d\d)$/.test(text)) return text;
  const found = Object.fromEntries(parts.formatToParts(new Date(text)).map(({ type, value: part }) => [type, part]));
  return `${found.year}-${found.month}-${found.day}T${found.hour}:${found.minute}`;
}

// Local times without a zone, as calendars exchange them.
const two = (number) => String(number).padStart(2, "0");
export const isoDay = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
export const isoTime = (d) => `${two(d.getHours())}:${two(d.getMinutes())}`;
export const isoMoment = (d) => `${isoDay(d)}T${isoTime(d)}`;
