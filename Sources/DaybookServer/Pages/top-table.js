// The list of the largest: sortable by its headers, rows keep their place while a pointer or the focus is in it.

import { h, markMoved, set, setText } from "./dom.js";
import * as format from "./format.js";

const fewRows = 10;
const manyRows = 50;

/** `onChange()` is called when another measure or number of rows is wanted; `query` says which. */
export class TopTable {
  #by;
  #columns;
  #onChange;
  #sort;
  #limit = fewRows;
  #rows = [];
  #last = new Map();
  #body = h("tbody");
  #caption = h("caption");
  #headers = new Map();
  #empty = h("p", { class: "empty", hidden: true }, "Nothing counted in this range.");
  #more = h("button", { type: "button", class: "quiet", onclick: () => this.#toggle() }, `Show ${manyRows}`);
  #isHeld = false;
  element;

  constructor({ by, measures, derived, onChange }) {
    this.#by = by;
    this.#onChange = onChange;
    this.#columns = [
      ...by.map((entry, index) => ({ ...entry, kind: "dimension", isMinor: index > 0 })),
      ...measures.map((entry, index) => ({ ...entry, kind: "measure", isMinor: index > 0 })),
      ...derived.map((entry, index) => ({ ...entry, kind: "derived", isMinor: index > 0 })),
      { name: "last_day", label: "Last activity", kind: "day", isMinor: derived.length > 0 || by.length > 1 },
    ];
    this.#sort = { name: measures[0].name, descending: true, measure: measures[0] };
    const head = this.#columns.map((column) => this.#header(column));
    const table = h("table", { class: "top" }, this.#caption, h("thead", {}, h("tr", {}, ...head)), this.#body);
    this.element = h("div", { class: "waiting" }, h("div", { class: "table-scroll" }, table), this.#empty, h("p", { class: "table-foot" }, this.#more));
    table.addEventListener("pointerenter", () => (this.#isHeld = true));
    table.addEventListener("pointerleave", () => this.#release());
    table.addEventListener("focusin", () => (this.#isHeld = true));
    table.addEventListener("focusout", () => this.#release());
    this.#showSort();
  }

  get query() {
    return { by: this.#by.map((entry) => entry.name).join(","), measure: this.#sort.measure.name, limit: this.#limit };
  }

  show({ rows }) {
    this.#rows = rows;
    this.#empty.hidden = rows.length > 0;
    this.#more.hidden = rows.length < this.#limit && this.#limit === fewRows;
    this.#draw();
  }

  forget() {
    this.#last = new Map();
  }

  #header(column) {
    const button = h("button", { type: "button", onclick: () => this.#order(column) }, column.label, h("span", { class: "arrow", "aria-hidden": "true" }));
    const cell = h("th", { scope: "col", class: this.#classes(column) }, button);
    this.#headers.set(column.name, cell);
    return cell;
  }

  #classes(column) {
    const number = column.kind === "measure" || column.kind === "derived" || column.kind === "day";
    return `${number ? "number" : "name"}${column.isMinor ? " minor" : ""}`;
  }

  #order(column) {
    const isSame = this.#sort.name === column.name;
    const descending = isSame ? !this.#sort.descending : column.kind !== "dimension";
    const measure = column.kind === "measure" ? column : this.#sort.measure;
    const isOther = measure.name !== this.#sort.measure.name;
    this.#sort = { name: column.name, descending, measure };
    this.#showSort();
    this.#isHeld = false;
    if (isOther) this.#onChange();
    else this.#draw();
  }

  #toggle() {
    this.#limit = this.#limit === fewRows ? manyRows : fewRows;
    setText(this.#more, this.#limit === fewRows ? `Show ${manyRows}` : `Show ${fewRows}`);
    this.#isHeld = false;
    this.#onChange();
  }

  #release() {
    this.#isHeld = false;
    this.#draw();
  }

  #showSort() {
    for (const [name, cell] of this.#headers) {
      if (name === this.#sort.name) set(cell, { "aria-sort": this.#sort.descending ? "descending" : "ascending" });
      else cell.removeAttribute("aria-sort");
    }
    const by = this.#by.map((entry) => entry.label.toLowerCase()).join(", ");
    setText(this.#caption, `Largest by ${format.phrase(this.#sort.measure.name)}, per ${by.replace(/\bid\b/g, "ID")}`);
  }

  #key(row) {
    return JSON.stringify(this.#by.map((entry) => row[entry.name] ?? null));
  }

  #sorted() {
    const { name, descending } = this.#sort;
    const column = this.#columns.find((entry) => entry.name === name);
    const isNumber = column.kind === "measure" || column.kind === "derived";
    const compare = (left, right) => {
      const [a, b] = [left[name], right[name]];
      if (isNumber) return Number(a) - Number(b);
      return String(a ?? "").localeCompare(String(b ?? ""), "en", { numeric: true });
    };
    const ordered = [...this.#rows].sort((left, right) => (descending ? compare(right, left) : compare(left, right)));
    if (!this.#isHeld) return ordered;
    // Somebody reads or points here: the rows that are shown stay where they are.
    const places = new Map([...this.#body.children].map((element, index) => [element.dataset.key, index]));
    const place = (row) => places.get(this.#key(row)) ?? Infinity;
    return ordered.sort((left, right) => (place(left) === place(right) ? 0 : place(left) - place(right)));
  }

  #draw() {
    this.element.classList.remove("waiting");
    const present = new Map([...this.#body.children].map((element) => [element.dataset.key, element]));
    const last = this.#last;
    this.#last = new Map();
    const elements = this.#sorted().map((row) => {
      const key = this.#key(row);
      const values = this.#columns.map((column) => String(row[column.name] ?? ""));
      const element = present.get(key) ?? this.#newRow(key);
      const before = last.get(key);
      setText(element.querySelector(".sub"), this.#below(row));
      this.#columns.forEach((column, index) => {
        const cell = element.children[index];
        this.#cell(cell, column, row);
        if (before && before[index] !== values[index]) markMoved(cell);
      });
      this.#last.set(key, values);
      return element;
    });
    const isSame = elements.length === this.#body.children.length
      && elements.every((element, index) => this.#body.children[index] === element);
    if (!isSame) this.#body.replaceChildren(...elements);
  }

  #newRow(key) {
    const cells = this.#columns.map((column, index) => {
      if (index > 0) return h("td", { class: this.#classes(column) });
      return h("th", { scope: "row", class: "name" }, h("span", { class: "name-text" }), h("span", { class: "sub" }));
    });
    return h("tr", { "data-key": key }, ...cells);
  }

  /** What a narrow screen shows below the name instead of in columns of its own. */
  #below(row) {
    const others = this.#by.slice(1).map((entry) => format.dimension(row[entry.name]).text);
    const day = this.#columns.at(-1).isMinor && row.last_day ? [format.shortDay(row.last_day).replace(" ", "\u00a0")] : [];
    return [...others, ...day].join(" · ");
  }

  #cell(cell, column, row) {
    const value = row[column.name];
    if (column.kind === "dimension") {
      const { text, isMissing } = format.dimension(value);
      const target = cell.querySelector(".name-text") ?? cell;
      setText(target, text);
      set(target, { title: text });
      target.classList.toggle("muted", isMissing);
    } else if (column.kind === "day") {
      setText(cell, value ? format.shortDay(value) : format.dash);
      set(cell, { title: value ? format.longDay(value) : "" });
    } else {
      setText(cell, format.number(value, column.type));
    }
  }
}
