// The cards of totals: value, change against the period before, and what just moved.

import { balanceColumns } from "./balanced-columns.js";
import { sparkline } from "./chart.js";
import { h, markMoved, set, setText, svg } from "./dom.js";
import * as format from "./format.js";

const narrowest = 170;

/** Cards for columns `{ name, type, label, isDerived }`. `onChoose(column)` is called when one is pressed. */
export class Cards {
  #cards = new Map();
  element = h("ul", { class: "cards" });

  /** `initial` maps names to texts that the server has already drawn. */
  constructor(columns, { onChoose, initial = new Map() }) {
    for (const column of columns) {
      const part = {
        column, last: null,
        value: h("span", { class: "value" }, initial.get(column.name) ?? "\u00a0"),
        moved: h("span", { class: "moved-by", "aria-hidden": "true" }),
        change: h("span", { class: "change" }, "\u00a0"),
        path: svg("path", { class: "spark-line" }),
        end: svg("path", { class: "spark-end" }),
      };
      part.spark = svg("svg", { class: "spark", "aria-hidden": "true", viewBox: "0 0 96 22", preserveAspectRatio: "none" }, part.path, part.end);
      part.button = h(
        "button", { type: "button", class: "card", "aria-pressed": "false", "data-measure": column.name,
          onclick: () => onChoose(column) },
        h("span", { class: "card-head" }, h("span", { class: "card-label" }, column.label), part.moved), part.value,
        part.change, part.spark,
      );
      if (!initial.has(column.name)) part.button.classList.add("loading");
      this.#cards.set(column.name, part);
      this.element.append(h("li", {}, part.button));
    }
    balanceColumns(this.element, narrowest);
  }

  choose(names) {
    for (const [name, part] of this.#cards) set(part.button, { "aria-pressed": names.includes(name) });
  }

  /** Forgets what was there, so that another range is not taken for a movement. */
  forget() {
    for (const part of this.#cards.values()) part.last = null;
  }

  /** Shows a summary; returns what moved since the last one as `{ column, by }`. */
  show(summary) {
    const moves = [];
    for (const [name, part] of this.#cards) {
      const { column } = part;
      const now = summary.totals[name];
      part.button.classList.remove("loading");
      setText(part.value, format.number(now, column.type));
      set(part.value, { title: `${summary.from} to ${summary.to}` });
      this.#showChange(part, summary, name);
      const by = part.last === null ? 0 : Number(now) - part.last;
      if (by !== 0) {
        moves.push({ column, by });
        setText(part.moved, `${by > 0 ? "+" : "−"}${format.number(Math.abs(by), column.type)}`);
        markMoved(part.button);
      }
      part.last = Number(now);
    }
    return moves;
  }

  #showChange(part, summary, name) {
    const fraction = summary.change?.[name];
    const before = summary.previous?.totals?.[name];
    const beforeText = format.number(before, part.column.type);
    const brief = Math.abs(before) >= 10000 ? format.compact(Number(before)) : beforeText;
    let text;
    if (fraction === null || fraction === undefined) {
      text = Number(before ?? 0) === 0 && Number(summary.totals[name]) !== 0 ? "none before" : "no change";
    } else {
      text = fraction === 0 ? "no change" : `${format.change(fraction)} from ${brief}`;
    }
    setText(part.change, text);
    set(part.change, {
      class: `change ${fraction > 0 ? "up" : fraction < 0 ? "down" : ""}`,
      title: summary.previous ? `${beforeText} from ${summary.previous.from} to ${summary.previous.to}` : "",
    });
  }

  showSeries(series) {
    for (const [name, part] of this.#cards) {
      const { path, end } = sparkline(series.map((day) => Number(day[name] ?? 0)));
      set(part.path, { d: path });
      set(part.end, { d: `M${end[0].toFixed(1)} ${end[1].toFixed(1)}h0` });
    }
  }
}
