// How a counted measure splits by its label: a table whose rows carry bars.

import { h, set, setText } from "./dom.js";
import * as format from "./format.js";

const shown = 12;

export class Breakdown {
  #rows = h("tbody");
  #empty = h("p", { class: "empty", hidden: true }, "Nothing counted in this range.");
  #byLabel = new Map();
  element;

  constructor(measure) {
    const label = format.title(measure.label ?? "label");
    this.#table = h(
      "table", { class: "breakdown" }, h("caption", {}, `${format.title(measure.name)}: share of each ${label.toLowerCase()}`),
      h("thead", {}, h(
        "tr", {}, h("th", { scope: "col" }, label), h("th", { scope: "col", class: "number" }, "Count"),
        h("th", { scope: "col", class: "number" }, "Share"),
      )),
      this.#rows,
    );
    this.element = h("div", {}, this.#table, this.#empty);
  }

  #table;

  show({ breakdown }) {
    const first = breakdown.slice(0, breakdown.length > shown + 1 ? shown : breakdown.length);
    const rest = breakdown.slice(first.length);
    const lines = first.map((entry) => ({ key: `=${entry.label}`, ...format.dimension(entry.label), ...entry }));
    if (rest.length > 0) {
      const sum = (name) => rest.reduce((total, entry) => total + Number(entry[name] ?? 0), 0);
      lines.push({ key: "rest", text: `${rest.length} others`, isMissing: true, count: sum("count"), share: sum("share") });
    }
    const largest = Math.max(...lines.map((line) => line.share ?? 0), 0);
    this.#empty.hidden = lines.length > 0;
    const rows = lines.map((line) => this.#row(line, largest));
    if (rows.some((row, index) => this.#rows.children[index] !== row) || rows.length !== this.#rows.children.length) {
      this.#rows.replaceChildren(...rows);
    }
  }

  #row(line, largest) {
    let part = this.#byLabel.get(line.key);
    if (!part) {
      part = {
        name: h("span", { class: "breakdown-label" }), bar: h("span", { class: "breakdown-bar", "aria-hidden": "true" }),
        count: h("td", { class: "number" }), share: h("td", { class: "number muted" }),
      };
      part.row = h("tr", {}, h("th", { scope: "row" }, part.name, part.bar), part.count, part.share);
      this.#byLabel.set(line.key, part);
      if (this.#byLabel.size > 500) this.#byLabel = new Map([[line.key, part]]);
    }
    setText(part.name, line.text);
    part.name.classList.toggle("muted", line.isMissing);
    set(part.name, { title: line.text });
    part.bar.style.width = largest > 0 ? `${((line.share ?? 0) / largest) * 100}%` : "0";
    setText(part.count, format.number(line.count));
    setText(part.share, format.share(line.share ?? 0));
    return part.row;
  }
}
