// The feed's lag over the last five minutes, one point a second.

import { h, set, setText, svg } from "./dom.js";
import * as format from "./format.js";
import { linePath, ticks } from "./scale.js";

const seconds = 300;
const margin = { left: 56, right: 10, top: 8, bottom: 24 };
const height = 168;

export class LagLine {
  #points = []; // { at: milliseconds, lag: seconds | null }
  #top = 0;
  #plot = svg("svg", { class: "plot", role: "img" });
  #grid = svg("g", { class: "grid" });
  #axis = svg("g", { class: "axis" });
  #area = svg("path", { class: "lag-area" });
  #line = svg("path", { class: "lag-line" });
  #summary = h("p", { class: "muted" }, "Measuring.");
  #frame = h("div", { class: "lag-frame" }, this.#plot);
  element = h("div", {}, this.#frame, this.#summary);

  constructor() {
    this.#plot.append(this.#grid, this.#axis, this.#area, this.#line);
    new ResizeObserver(() => {
      this.#top = 0;
      this.#draw();
    }).observe(this.#frame);
  }

  /** Null where the daemon did not answer: the line is broken there. */
  add(lag, at = Date.now()) {
    this.#points.push({ at, lag });
    this.#points = this.#points.filter((point) => at - point.at <= seconds * 1000).slice(-2 * seconds);
    this.#draw();
  }

  #draw() {
    const width = Math.round(this.#frame.clientWidth);
    if (width < 80) return;
    const plotHeight = height - margin.top - margin.bottom;
    const known = this.#points.filter((point) => point.lag !== null).map((point) => point.lag);
    const largest = Math.max(0.02, ...known);
    set(this.#plot, { viewBox: `0 0 ${width} ${height}`, width, height });
    if (largest > this.#top || largest < this.#top / 4) {
      const steps = ticks(largest, 3);
      this.#top = steps.at(-1);
      this.#drawGrid(steps, width, plotHeight);
    }
    const now = this.#points.at(-1)?.at ?? Date.now();
    const x = (at) => width - margin.right - ((now - at) / (seconds * 1000)) * (width - margin.left - margin.right);
    const y = (lag) => margin.top + plotHeight * (1 - lag / this.#top);
    const places = this.#points.map((point) => (point.lag === null ? null : [x(point.at), y(point.lag)]));
    set(this.#line, { d: linePath(places) });
    const whole = places.filter((place) => place !== null);
    const base = margin.top + plotHeight;
    set(this.#area, { d: whole.length > 1 ? `${linePath(whole)}L${whole.at(-1)[0]} ${base}L${whole[0][0]} ${base}Z` : "" });
    this.#say(known);
  }

  #drawGrid(steps, width, plotHeight) {
    this.#grid.replaceChildren(...steps.flatMap((step) => {
      const y = Math.round(margin.top + plotHeight * (1 - step / steps.at(-1))) + 0.5;
      return [
        svg("line", { x1: margin.left, x2: width - margin.right, y1: y, y2: y, class: step === 0 ? "base" : null }),
        svg("text", { x: margin.left - 8, y: y + 4, "text-anchor": "end" }, step === 0 ? "0" : format.seconds(step)),
      ];
    }));
    const span = width - margin.left - margin.right;
    this.#axis.replaceChildren(...(span > 420 ? [5, 4, 3, 2, 1, 0] : [4, 2, 0]).map((minutes) => svg(
      "text", { x: width - margin.right - (span * minutes) / 5, y: height - 6, "text-anchor": minutes === 0 ? "end" : "middle" },
      minutes === 0 ? "now" : `−${minutes} min`,
    )));
  }

  #say(known) {
    if (known.length === 0) return;
    const sorted = known.toSorted((left, right) => left - right);
    const text = `Median ${format.seconds(sorted[Math.floor(sorted.length / 2)])}, largest ${format.seconds(sorted.at(-1))}, over ${format.seconds(known.length)}.`;
    setText(this.#summary, text);
    set(this.#plot, { "aria-label": `Feed lag. ${text}` });
  }
}
