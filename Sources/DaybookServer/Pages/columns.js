// What a page makes of a rollup's definition: which columns lead, which name things. Knows no rollup by name.

import { phrase, title } from "./format.js";

const figures = /^(smallint|integer|bigint|numeric|real|double precision|int[248]?|float[48]?|decimal|uuid|oid|boolean|date|time|timestamp)\b/;

function column(entry, isDerived) {
  const type = entry.type ?? (isDerived ? "numeric" : "bigint");
  return { name: entry.name, type, label: title(entry.name), phrase: phrase(entry.name), isDerived };
}

/** `{ totals, additive, derived, main, line, counted }` of a definition as `/api/rollups` gives it. */
export function measuresOf(rollup) {
  const isCountBy = (measure) => measure.kind.startsWith("count by") || measure.label !== undefined;
  // Values that are no numbers, such as the first buyer or the last sale, have no place on an axis.
  const isNumber = (measure) => !isCountBy(measure) && (measure.type === undefined || /^(smallint|integer|bigint|numeric)/.test(measure.type));
  const additive = rollup.measures.filter(isNumber).map((entry) => column(entry, false));
  const derived = rollup.derived.map((entry) => column(entry, true));
  const isSum = new Set(rollup.measures.filter((measure) => measure.kind === "sum").map((measure) => measure.name));
  return {
    additive, derived, totals: [...additive, ...derived],
    main: additive.find((entry) => isSum.has(entry.name)) ?? additive[0],
    line: derived[0] ?? null,
    counted: rollup.measures.filter(isCountBy),
  };
}

/**
 * The dimensions that a list of the largest is made by: those that read as names, the finest (the last) first; all of
 * them where none does. `fixed` is the one that the viewer has narrowed to.
 */
export function namingDimensions(rollup, fixed) {
  const free = rollup.dimensions.filter((dimension) => dimension.name !== fixed);
  const names = free.filter((dimension) => !figures.test(dimension.type));
  const chosen = names.length > 0 ? [names.at(-1), ...names.slice(0, -1)] : free;
  return chosen.map((dimension) => ({ name: dimension.name, type: dimension.type, label: title(dimension.name) }));
}

/** The measures a table has room for: the main one, then the others in order. */
export function tableMeasures({ additive, main }, count = 4) {
  return [main, ...additive.filter((entry) => entry !== main)].slice(0, count);
}
