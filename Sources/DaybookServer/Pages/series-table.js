// The chart's numbers as a table, for those who cannot or do not want to look at the chart.

import { stateInWords } from "./chart.js";
import { h, setText } from "./dom.js";
import * as format from "./format.js";

export class SeriesTable {
  #columns;
  #days = [];
  #body = h("tbody");
  element;

  constructor(columns, name) {
    this.#columns = columns;
    const head = columns.map((column) => h("th", { scope: "col", class: "number" }, column.label));
    this.element = h(
      "details", { class: "as-table", ontoggle: () => this.#draw() }, h("summary", {}, "The same as a table"),
      h("div", { class: "table-scroll" }, h(
        "table", {}, h("caption", { class: "visually-hidden" }, `Numbers of ${name} by day`),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Day"), ...head, h("th", { scope: "col" }, "State"))), this.#body,
      )),
    );
  }

  show(days) {
    this.#days = days;
    this.#draw();
  }

  /** Newest first; drawn only while it is open. */
  #draw() {
    if (!this.element.open) return;
    const days = this.#days.toReversed();
    const isSame = days.length === this.#body.children.length && this.#body.children[0]?.dataset.day === days[0]?.day;
    if (!isSame) {
      this.#body.replaceChildren(...days.map((day) => h(
        "tr", { "data-day": day.day }, h("th", { scope: "row" }, format.longDay(day.day)),
        ...this.#columns.map(() => h("td", { class: "number" })), h("td", { class: "muted" }),
      )));
    }
    days.forEach((day, row) => {
      const cells = this.#body.children[row].children;
      this.#columns.forEach((column, index) => setText(cells[index + 1], format.number(day.values[column.name], column.type)));
      setText(cells[this.#columns.length + 1], stateInWords(day.state, day.revision) ?? "");
    });
  }
}
