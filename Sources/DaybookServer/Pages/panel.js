// One rollup on the dashboard: fetches what it shows and keeps it fresh.

import { APIError, get, rollupPath } from "./api.js";
import { Breakdown } from "./breakdown.js";
import { Cards } from "./cards.js";
import { DailyChart } from "./chart.js";
import { measuresOf, namingDimensions, tableMeasures } from "./columns.js";
import { h, setText } from "./dom.js";
import * as format from "./format.js";
import { Pace } from "./pace.js";
import { SeriesTable } from "./series-table.js";
import { TopTable } from "./top-table.js";

const quickMilliseconds = 1000;
const slowMilliseconds = 3000;

/**
 * `show({ days, user })` loads a range; `touch(days)` says that rows of those days changed. `onFreshness(freshness)` gets
 * what every answer says of itself, `onMoves(panel, moves)` what moved.
 */
export class Panel {
  rollup;
  #measures;
  #userDimension;
  #cards;
  #chart = new DailyChart();
  #table;
  #breakdowns;
  #top = null;
  #topPlace = h("div", { class: "box wide" });
  #note = h("p", { class: "note", hidden: true });
  #tag = h("span", { class: "tag", title: "Counted and shown, but not yet written to the table" }, "provisional");
  #range = h("span", { class: "range" }, "\u00a0");
  #legend = h("p", { class: "legend" });
  #emptyChart = h("p", { class: "empty chart-empty", hidden: true });
  #chosen;
  #wanted = { days: 7, user: null };
  #to = null;
  #from = null;
  #series = [];
  #dayStates = new Map();
  #changedDays = new Set();
  #abort = new AbortController();
  #provisionalUntil = 0;
  #quick = new Pace(quickMilliseconds, () => this.#guard(() => this.#refreshQuick()));
  #slow = new Pace(slowMilliseconds, () => this.#guard(() => this.#refreshSlow()));
  #onFreshness;
  #onMoves;
  element;

  constructor(rollup, { userDimension, initial, onFreshness, onMoves }) {
    this.rollup = rollup;
    this.#onFreshness = onFreshness;
    this.#onMoves = onMoves;
    this.#measures = measuresOf(rollup);
    this.#userDimension = rollup.dimensions.some((dimension) => dimension.name === userDimension) ? userDimension : null;
    this.#chosen = { bar: this.#measures.main, line: this.#measures.line };
    this.#cards = new Cards(this.#measures.totals, { onChoose: (column) => this.#choose(column), initial });
    this.#breakdowns = this.#measures.counted.map((measure) => ({ measure, view: new Breakdown(measure) }));
    this.#table = new SeriesTable(this.#measures.totals, format.phrase(rollup.title));
    this.element = this.#layout();
    this.#choose(this.#measures.main);
  }

  get takesUser() {
    return this.#userDimension !== null;
  }

  get today() {
    return this.#to;
  }

  #layout() {
    const id = `rollup-${this.rollup.name}`;
    const zone = this.rollup.time_zone && this.rollup.time_zone !== "UTC" ? ` Days are counted in ${this.rollup.time_zone}.` : "";
    const chart = h(
      "div", { class: "box chart-box" }, this.#legend, this.#chart.element, this.#emptyChart, this.#table.element,
    );
    const side = this.#breakdowns.map(({ view }) => h("div", { class: "box" }, view.element));
    return h(
      "section", { class: "rollup fresh", "aria-labelledby": id, "data-rollup": this.rollup.name },
      h("header", { class: "rollup-head" }, h("h2", { id }, this.rollup.title), this.#range, this.#tag),
      zone ? h("p", { class: "muted zone" }, zone.trim()) : null, this.#note, this.#cards.element,
      h("div", { class: `boxes${side.length > 0 ? " with-side" : ""}${this.#hasSlimTop ? " slim-top" : ""}` }, chart, side.length > 0 ? h("div", { class: "side" }, ...side) : null, this.#topPlace),
    );
  }

  /** Whether the list of the largest has so few columns that it stands better beside something. */
  get #hasSlimTop() {
    return namingDimensions(this.rollup, null).length + Math.min(this.#measures.additive.length, 4) + this.#measures.derived.length < 4;
  }

  #choose(column) {
    if (column.isDerived) this.#chosen.line = column;
    else this.#chosen.bar = column;
    this.#cards.choose([this.#chosen.bar.name, this.#chosen.line?.name]);
    const { bar, line } = this.#chosen;
    this.#legend.replaceChildren(
      h("span", {}, h("span", { class: "key" }), `${bar.label} per day`),
      ...(line ? [h("span", {}, h("span", { class: "key key-line" }), line.label)] : []),
      h("span", { class: "muted" }, h("span", { class: "key key-open" }), "day not over yet"),
    );
    this.#drawChart();
  }

  #filter() {
    const { user } = this.#wanted;
    return user !== null && this.#userDimension ? { [this.#userDimension]: user } : {};
  }

  #get(view, query, options = {}) {
    return get(rollupPath(this.rollup.name, view), { ...query, ...this.#filter() }, { signal: this.#abort.signal, ...options });
  }

  async show(wanted) {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#quick.cancel();
    this.#slow.cancel();
    this.#wanted = wanted;
    this.#cards.forget();
    this.#remakeTop();
    this.element.setAttribute("aria-busy", "true");
    await this.#guard(async () => {
      if (this.#to === null) this.#to = (await this.#get("summary", {})).to;
      await this.#loadAll();
    });
    this.element.removeAttribute("aria-busy");
  }

  /** Rows of these days changed; null when it is not known which. */
  touch(days) {
    if (days === null) this.#changedDays = new Set([null]);
    else days.forEach((day) => this.#changedDays.size < 400 && this.#changedDays.add(day));
    this.#quick.ask();
    this.#slow.ask();
  }

  /** Asks the daemon how fresh it is when nothing has come for a while; also notices a new day. */
  async probe() {
    await this.#guard(async () => {
      const summary = await this.#get("summary", {}, { fresh: true });
      this.#onFreshness(summary.freshness);
      if (summary.to !== this.#to) {
        this.#to = summary.to;
        await this.#loadAll();
      } else {
        this.touch(null);
      }
    });
  }

  async #loadAll() {
    this.#from = format.addDays(this.#to, 1 - this.#wanted.days);
    setText(this.#range, `${format.shortDay(this.#from)} to ${format.shortDay(this.#to)}`);
    this.#changedDays = new Set([null]);
    await Promise.all([this.#refreshQuick(), this.#refreshSlow()]);
  }

  async #refreshQuick() {
    const range = { from: this.#from, to: this.#to };
    const changed = [...this.#changedDays];
    this.#changedDays = new Set();
    const isWhole = changed.includes(null) || changed.length === 0 || this.#series.length === 0;
    const inRange = changed.filter((day) => day !== null && day >= range.from && day <= range.to).sort();
    const part = isWhole ? range : { from: inRange[0], to: inRange.at(-1) };
    const wantsSeries = isWhole || inRange.length > 0;
    try {
      const [summary, series] = await Promise.all([
        this.#get("summary", range), wantsSeries ? this.#get("series", part) : null,
      ]);
      this.#take(summary, series, isWhole);
    } catch (error) {
      changed.forEach((day) => this.#changedDays.add(day));
      throw error;
    }
  }

  #take(summary, series, isWhole) {
    this.#onFreshness(summary.freshness);
    this.element.classList.remove("fresh");
    const moves = this.#cards.show(summary);
    if (moves.length > 0) this.#onMoves(this, moves);
    for (const day of summary.freshness.days ?? []) this.#dayStates.set(day.day, day);
    if (summary.freshness.provisional) this.#provisionalUntil = performance.now() + 2 * quickMilliseconds;
    this.#tag.classList.toggle("on", performance.now() < this.#provisionalUntil);
    this.#tellBuilding(summary.freshness.days ?? []);
    if (series) {
      const fresh = new Map(series.series.map((day) => [day.day, day]));
      this.#series = isWhole ? series.series : this.#series.map((day) => fresh.get(day.day) ?? day);
      this.#cards.showSeries(this.#series);
    }
    this.#drawChart();
  }

  async #refreshSlow() {
    const range = { from: this.#from, to: this.#to };
    await Promise.all([
      ...this.#breakdowns.map(async ({ measure, view }) => {
        view.show(await this.#get("breakdown", { ...range, measure: measure.name }));
      }),
      this.#refreshTop(range),
    ]);
  }

  async #refreshTop(range) {
    if (this.#top) this.#top.show(await this.#get("top", { ...range, ...this.#top.query }));
  }

  #remakeTop() {
    const fixed = this.#wanted.user === null ? null : this.#userDimension;
    const by = namingDimensions(this.rollup, fixed);
    this.#top = by.length === 0 ? null : new TopTable({
      by, measures: tableMeasures(this.#measures), derived: this.#measures.derived.slice(0, 2),
      onChange: () => this.#guard(() => this.#refreshTop({ from: this.#from, to: this.#to })),
    });
    this.#topPlace.hidden = this.#top === null;
    this.#topPlace.replaceChildren(...(this.#top ? [this.#top.element] : []));
  }

  #drawChart() {
    const days = this.#series.map((values) => ({
      day: values.day, values, state: this.#dayStates.get(values.day)?.state, revision: this.#dayStates.get(values.day)?.revision,
    }));
    const isEmpty = days.length > 0 && days.every((day) => this.#measures.additive.every((column) => !Number(day.values[column.name])));
    this.#emptyChart.hidden = !isEmpty;
    if (isEmpty) setText(this.#emptyChart, this.#emptyText());
    this.#chart.draw({ days, ...this.#chosen, columns: this.#measures.totals });
    this.#table.show(days);
  }

  #emptyText() {
    const { last_day: last } = this.rollup;
    if (this.#wanted.user !== null && this.#userDimension) return "Nothing counted for this user in this range.";
    if (!last) return "Nothing counted yet. What the application writes to the sources appears here at once.";
    return last < this.#from ? `Nothing counted in this range. The last day with numbers is ${format.longDay(last)}.` : "Nothing counted in this range.";
  }

  #tellBuilding(states) {
    const building = states.filter((day) => day.state === "building").map((day) => day.day);
    this.element.classList.toggle("is-building", building.length > 0);
    if (building.length === 0) return this.#tell(null);
    const which = building.length === 1
      ? `${format.longDay(building[0])} is`
      : `${building.length} days between ${format.shortDay(building[0])} and ${format.shortDay(building.at(-1))} are`;
    return this.#tell(`${which} being built from the sources; until then the totals lack ${building.length === 1 ? "it" : "them"}.`);
  }

  #tell(text, isError = false) {
    this.#note.hidden = text === null;
    this.#note.classList.toggle("error", isError);
    if (text !== null) setText(this.#note, text);
  }

  async #guard(work) {
    const { signal } = this.#abort;
    try {
      await work();
    } catch (error) {
      if (signal.aborted || (error instanceof APIError && error.status === 401)) return;
      if (!(error instanceof APIError)) throw error;
      if (error.status === 0 && this.#series.length > 0) return; // The status line says so already.
      this.#tell(error.status === 403 ? "Your token does not open this rollup." : error.message, true);
    }
  }
}
