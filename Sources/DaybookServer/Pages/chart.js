// The daily chart: bars for a measure, below them a line for a derived value, both over the same days.

import { h, set, setText, svg, uniqueId } from "./dom.js";
import * as format from "./format.js";
import { labelled, linePath, ticks } from "./scale.js";

const margin = { left: 46, right: 10, top: 8 };
const lineHeight = 64;
const between = 22;
const plotHeight = 262; // Of bars, line and the space between them; bars alone take it all.
const mostDots = 14;
const axisHeight = 24;
const widestBar = 44;

/** What a day's state means to a reader; null for one that needs no word. */
export function stateInWords(state, revision) {
  switch (state) {
    case "open": return "still open";
    case "closed": return "ended, not sealed yet";
    case "building": return "being built";
    case "repairing": return "under repair";
    case "undecided": return "sources gone; an operator has to decide";
    case "amending": return "being amended by late changes";
    case "incomplete": return "some columns are of an earlier definition; the sources are gone";
    case "thinned": return "sealed; its sources are gone";
    case "sealed": return revision > 1 ? `sealed, revision ${revision}` : "sealed";
    default: return null;
  }
}

/**
 * `draw({ days: [{ day, state, revision, values }], bar, line, columns })`: `bar` and the optional `line` are columns
 * `{ name, type, label }`; `columns` are those that a day's description lists.
 */
export class DailyChart {
  #plot = svg("svg", { class: "plot", role: "group", "aria-label": "The days, not loaded yet" });
  #tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  #frame = h("div", { class: "chart-frame" }, this.#plot, this.#tip);
  #hatch = uniqueId("hatch");
  #input = null;
  #shape = "";
  #parts = null;
  #current = -1;
  #isPinned = false;
  element = this.#frame;

  constructor() {
    new ResizeObserver(() => this.#input && this.draw(this.#input)).observe(this.#frame);
    this.#frame.addEventListener("keydown", (event) => this.#key(event));
    this.#frame.addEventListener("pointerleave", () => this.#isPinned || this.#hideTip());
    this.#frame.addEventListener("focusout", () => this.#hideTip());
  }

  draw(input) {
    const width = Math.round(this.#frame.clientWidth);
    this.#input = input;
    if (width < 80 || input.days.length === 0) return;
    const shape = JSON.stringify([width, input.days.map((day) => day.day), input.bar.name, input.line?.name]);
    if (shape !== this.#shape) this.#build(width);
    this.#shape = shape;
    this.#fill();
  }

  #build(width) {
    const { days, line } = this.#input;
    const hadFocus = this.#plot.contains(document.activeElement);
    const step = (width - margin.left - margin.right) / days.length;
    const barsHeight = line ? plotHeight - between - lineHeight : plotHeight;
    const lineTop = margin.top + barsHeight + between;
    const bottom = margin.top + plotHeight;
    const height = bottom + axisHeight;
    const x = (index) => margin.left + step * (index + 0.5);
    this.#current = Math.min(Math.max(this.#current, -1), days.length - 1);
    const parts = {
      width, step, x, barsHeight, lineTop, barTop: 0, lineTopValue: 0,
      barGrid: svg("g", { class: "grid", "aria-hidden": "true" }),
      lineGrid: svg("g", { class: "grid", "aria-hidden": "true" }),
      path: svg("path", { class: "line", "aria-hidden": "true" }),
    };
    const bar = Math.max(1, Math.min(widestBar, step * 0.68));
    parts.days = days.map((_, index) => {
      const focusIndex = this.#current < 0 ? days.length - 1 : this.#current;
      const day = {
        bar: svg("rect", { class: "bar", x: (x(index) - bar / 2).toFixed(2), width: bar.toFixed(2), rx: Math.min(2, bar / 4) }),
        dot: svg("circle", { class: days.length > mostDots ? "dot sparse" : "dot", cx: x(index).toFixed(2), r: 2.5 }),
        hit: svg("rect", {
          class: "hit", x: (x(index) - step / 2).toFixed(2), y: margin.top, width: step.toFixed(2), height: bottom - margin.top,
        }),
      };
      day.group = svg(
        "g", { class: "day", role: "img", tabindex: index === focusIndex ? 0 : -1 }, day.hit, day.bar, line ? day.dot : null,
      );
      day.group.addEventListener("pointerenter", () => this.#show(index));
      day.group.addEventListener("focus", () => {
        this.#isPinned = true;
        this.#show(index);
      });
      return day;
    });
    const room = 64;
    const names = labelled(days.length, width - margin.left - margin.right, room).map((index) => {
      const isLast = index === days.length - 1 && x(index) + room / 2 > width;
      return svg(
        "text", { x: isLast ? width - 1 : x(index), y: bottom + 17, "text-anchor": isLast ? "end" : "middle" },
        format.shortDay(days[index].day),
      );
    });
    set(this.#plot, { viewBox: `0 0 ${width} ${height}`, width, height });
    this.#plot.replaceChildren(
      svg("defs", {}, svg(
        "pattern", { id: this.#hatch, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("rect", { class: "hatch-ground", width: 5, height: 5 }), svg("rect", { class: "hatch-line", width: 2, height: 5 }),
      )),
      parts.barGrid, parts.lineGrid, svg("g", { class: "axis", "aria-hidden": "true" }, ...names),
      line ? parts.path : svg("g"), ...parts.days.map((day) => day.group),
    );
    this.#parts = parts;
    if (hadFocus) parts.days[Math.max(this.#current, 0)]?.group.focus();
  }

  #fill() {
    const { days, bar, line } = this.#input;
    const parts = this.#parts;
    const { barsHeight } = parts;
    const value = (day, column) => Number(day.values[column.name] ?? 0);
    const largest = Math.max(0, ...days.map((day) => value(day, bar)));
    // A scale that only just fits stays, so that nothing jumps while today grows.
    if (parts.barTop === 0 || largest > parts.barTop || largest < parts.barTop / 4) {
      const steps = ticks(largest, 4, bar.isDerived ? 0 : 1);
      parts.barTop = steps.at(-1);
      this.#grid(parts.barGrid, steps, margin.top, barsHeight, format.compact);
    }
    const y = (amount) => margin.top + barsHeight * (1 - Math.max(0, amount) / parts.barTop);
    days.forEach((day, index) => {
      const part = parts.days[index];
      const amount = value(day, bar);
      const isOpen = day.state === "open" || day.state === "building";
      const top = amount > 0 ? Math.min(y(amount), margin.top + barsHeight - 1.5) : margin.top + barsHeight;
      set(part.bar, { y: top.toFixed(2), height: (margin.top + barsHeight - top).toFixed(2) });
      set(part.bar, { fill: isOpen ? `url(#${this.#hatch})` : "currentColor" });
      set(part.group, { "aria-label": this.describe(day) });
      part.group.classList.toggle("building", day.state === "building");
    });
    if (line) this.#fillLine(value);
    set(this.#plot, { "aria-label": `${bar.label} per day, ${days.length} days. Arrow keys go from day to day.` });
    if (!this.#tip.hidden) this.#show(this.#current);
  }

  #fillLine(value) {
    const { days, line } = this.#input;
    const parts = this.#parts;
    const largest = Math.max(0, ...days.map((day) => value(day, line)));
    if (parts.lineTopValue === 0 || largest > parts.lineTopValue || largest < parts.lineTopValue / 4) {
      const steps = ticks(largest, 2);
      parts.lineTopValue = steps.at(-1);
      this.#grid(parts.lineGrid, steps, parts.lineTop, lineHeight, format.compact);
    }
    const points = days.map((day, index) => {
      if (day.state === "building") return null;
      return [parts.x(index), parts.lineTop + lineHeight * (1 - Math.max(0, value(day, line)) / parts.lineTopValue)];
    });
    set(parts.path, { d: linePath(points) });
    points.forEach((point, index) => {
      set(parts.days[index].dot, point ? { cy: point[1].toFixed(2), r: 2.5 } : { cy: 0, r: 0 });
    });
  }

  #grid(group, steps, top, height, label) {
    const last = steps.at(-1);
    group.replaceChildren(...steps.flatMap((step) => {
      const y = Math.round(top + height * (1 - step / last)) + 0.5;
      return [
        svg("line", { x1: margin.left, x2: this.#parts.width - margin.right, y1: y, y2: y, class: step === 0 ? "base" : null }),
        svg("text", { x: margin.left - 8, y: y + 4, "text-anchor": "end" }, label(step)),
      ];
    }));
  }

  /** A day in one sentence. */
  describe(day) {
    const words = stateInWords(day.state, day.revision);
    const values = this.#input.columns.map((column) => `${column.label} ${format.number(day.values[column.name], column.type)}`);
    return `${format.longDay(day.day)}${words ? ` (${words})` : ""}: ${values.join(", ")}`;
  }

  #show(index) {
    const day = this.#input.days[index];
    if (!day) return this.#hideTip();
    this.#parts.days.forEach((part, place) => part.group.classList.toggle("current", place === index));
    this.#current = index;
    const words = stateInWords(day.state, day.revision);
    this.#tip.replaceChildren(
      h("strong", {}, format.longDay(day.day)), words ? h("span", { class: "tip-state" }, words) : "",
      h("dl", {}, ...this.#input.columns.flatMap((column) => [
        h("dt", {}, column.label), h("dd", {}, format.number(day.values[column.name], column.type)),
      ])),
    );
    this.#tip.hidden = false;
    const middle = this.#parts.x(index);
    const width = this.#tip.offsetWidth;
    const right = middle + 14 + width < this.#parts.width;
    const left = right ? middle + 14 : Math.max(0, middle - 14 - width);
    this.#tip.style.transform = `translate(${Math.round(left)}px, ${margin.top}px)`;
  }

  #hideTip() {
    this.#isPinned = false;
    this.#tip.hidden = true;
    this.#parts?.days.forEach((part) => part.group.classList.remove("current"));
  }

  #key(event) {
    const last = this.#input.days.length - 1;
    const from = this.#current < 0 ? last : this.#current;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, PageUp: from - 7, PageDown: from + 7 }[event.key];
    if (event.key === "Escape") this.#hideTip();
    if (to === undefined) return;
    event.preventDefault();
    const target = Math.min(Math.max(to, 0), last);
    this.#parts.days.forEach((part, index) => set(part.group, { tabindex: index === target ? 0 : -1 }));
    this.#parts.days[target].group.focus();
  }
}

/** A line of the series without axes, for a card. Decoration: the number beside it says what matters. */
export function sparkline(values) {
  const [width, height] = [96, 22];
  const largest = Math.max(...values, 0);
  const points = values.map((value, index) => [
    values.length < 2 ? width : (index / (values.length - 1)) * (width - 4) + 2,
    height - 2 - (largest > 0 ? (Math.max(0, value) / largest) * (height - 4) : 0),
  ]);
  const path = linePath(points);
  return { path, end: points.at(-1) ?? [0, height], viewBox: `0 0 ${width} ${height}` };
}
