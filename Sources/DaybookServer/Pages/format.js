// How numbers, days, times and column names are written on the pages. Always English, as the pages are.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const twoPlaces = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const threeDigits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const dayShort = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const dayLong = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
});
const utcTime = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "UTC" });
const localTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

export const dash = "–";

/** `total_views` becomes `Total views`, `user_id` becomes `User ID`. */
export function title(name) {
  const words = name.replace(/[_-]+/g, " ").trim().replace(/\b(id|url|ip|ai|api)\b/gi, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The same inside a sentence: `total views`. */
export function phrase(name) {
  const words = title(name);
  return /^[A-Z]{2}/.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}

const integral = /^(smallint|integer|bigint|int[248]?|count|sum|numeric\(\d+,0\))$/;

/** With thousands separators; a type that is not integral keeps two places. */
export function number(value, type = "bigint") {
  if (value === null || value === undefined) return dash;
  const figure = Number(value);
  if (!Number.isFinite(figure)) return String(value);
  if (Number.isInteger(figure) && integral.test(type)) return whole.format(figure);
  if (figure !== 0 && Math.abs(figure) < 0.1) return threeDigits.format(figure);
  return twoPlaces.format(figure);
}

/** For axes: 950, 12.3k, 4M. */
export function compact(value) {
  const size = Math.abs(value);
  for (const [unit, letter] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (size >= unit) return `${Number((value / unit).toPrecision(3))}${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}

/** A fraction as a signed percentage. */
export function change(fraction) {
  const percent = Math.abs(fraction) * 100;
  if (percent >= 1000) return fraction > 0 ? "over +999%" : "over −999%";
  const sign = fraction > 0 ? "+" : fraction < 0 ? "−" : "±";
  return `${sign}${percent.toFixed(1)}%`;
}

export function share(fraction) {
  return `${(fraction * 100).toFixed(1)}%`;
}

/** A duration in seconds, in the unit that reads best. */
export function seconds(value) {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return dash;
  const length = Math.max(0, Number(value));
  if (length < 0.9995) return `${Math.round(length * 1000)} ms`;
  if (length < 60) return `${length.toFixed(length < 10 ? 1 : 0)} s`;
  if (length < 3600) return `${Math.floor(length / 60)} min ${Math.floor(length % 60)} s`;
  if (length < 86400) return `${Math.floor(length / 3600)} h ${Math.floor((length % 3600) / 60)} min`;
  return `${Math.floor(length / 86400)} d ${Math.floor((length % 86400) / 3600)} h`;
}

/** A table's value of a dimension; the missing and the empty one must be told apart. */
export function dimension(value) {
  if (value === null || value === undefined) return { text: "(none)", isMissing: true };
  if (value === "") return { text: "(empty)", isMissing: true };
  return { text: String(value), isMissing: false };
}

function dateOf(day) {
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

export function shortDay(day) {
  const date = dateOf(day);
  return date ? dayShort.format(date) : day;
}

export function longDay(day) {
  const date = dateOf(day);
  return date ? dayLong.format(date) : day;
}

/** `2026-11-23` and -6 give `2026-11-17`. */
export function addDays(day, count) {
  const date = dateOf(day);
  if (!date) return day;
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** Accepts RFC 3339 and Postgres' own form; null where there is no time. */
export function instant(text) {
  if (!text) return null;
  const date = new Date(String(text).replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  return Number.isNaN(date.getTime()) ? null : date;
}

export function utc(date) {
  return `${utcTime.format(date)} UTC`;
}

/** With the day, unless it is today's. */
export function utcWithDay(date, now = new Date()) {
  const sameDay = date.toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
  return sameDay ? utc(date) : `${dayShort.format(date)}, ${utc(date)}`;
}

export function local(date) {
  return `${localTime.format(date)}, your time`;
}
