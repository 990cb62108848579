// A table of the operations page: columns once, rows by key, cells changed in place.

import { h, set, setText } from "./dom.js";

/**
 * `columns`: `{ label, value(row), isNumber?, isMinor?, state?(row) }`; `value` gives a text, or `{ text, title }`. `state` makes
 * a pill of it: `good`, `warn`, `bad` or an empty text.
 */
export class OpsTable {
  #columns;
  #body = h("tbody");
  #table;
  #empty;
  element;

  constructor(title, columns, { key, empty, isWide = false }) {
    this.#columns = columns;
    this.key = key;
    const head = columns.map((column) => h("th", { scope: "col", class: this.#classes(column) }, column.label));
    this.#table = h("div", { class: "table-scroll" }, h(
      "table", {}, h("caption", { class: "visually-hidden" }, title), h("thead", {}, h("tr", {}, ...head)), this.#body,
    ));
    this.#empty = h("p", { class: "muted", hidden: true }, empty);
    this.element = h("section", { class: `box${isWide ? " wide" : ""}` }, h("h2", {}, title), this.#table, this.#empty);
  }

  #classes(column) {
    return `${column.isNumber ? "number" : ""}${column.isMinor ? " minor" : ""}`.trim() || null;
  }

  show(rows) {
    this.#empty.hidden = rows.length > 0;
    this.#table.hidden = rows.length === 0;
    const present = new Map([...this.#body.children].map((row) => [row.dataset.key, row]));
    const elements = rows.map((row, index) => {
      const key = String(this.key ? this.key(row) : index);
      const element = present.get(key) ?? h("tr", { "data-key": key }, ...this.#columns.map((column) => h("td", { class: this.#classes(column), "data-label": column.label })));
      this.#columns.forEach((column, place) => this.#fill(element.children[place], column, row));
      return element;
    });
    const isSame = elements.length === this.#body.children.length
      && elements.every((element, index) => this.#body.children[index] === element);
    if (!isSame) this.#body.replaceChildren(...elements);
  }

  #fill(cell, column, row) {
    const value = column.value(row);
    const { text, title } = value !== null && typeof value === "object" ? value : { text: value, title: null };
    if (column.state) {
      const pill = cell.firstElementChild ?? cell.appendChild(h("span"));
      set(pill, { class: `state ${column.state(row)}` });
      setText(pill, String(text ?? ""));
    } else {
      setText(cell, String(text ?? ""));
    }
    if (title) set(cell, { title });
  }
}
