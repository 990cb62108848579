// The user picker: a combobox as the ARIA practices have it, its choices from /values.

import { APIError, get, rollupPath } from "./api.js";
import { h, set, uniqueId } from "./dom.js";

const typingMilliseconds = 150;

/** `onPick(value | null)` is called with what was chosen; hides itself where the viewer may not list users. */
export class Picker {
  #rollup;
  #dimension;
  #onPick;
  #value = null;
  #choices = [];
  #active = -1;
  #timer = null;
  #abort = null;
  #list;
  #input;
  #clear;
  element;

  constructor({ rollup, dimension, label, onPick }) {
    this.#rollup = rollup;
    this.#dimension = dimension;
    this.#onPick = onPick;
    const [id, listId] = [uniqueId("picker"), uniqueId("choices")];
    this.#list = h("ul", { id: listId, role: "listbox", "aria-label": label, class: "choices", hidden: true });
    this.#input = h("input", {
      id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: "Everyone",
      "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
      oninput: () => this.#search(), onfocus: () => { this.#input.select(); this.#search(); },
      onkeydown: (event) => this.#key(event), onblur: () => this.#leave(),
    });
    this.#clear = h("button", { type: "button", class: "clear", hidden: true, "aria-label": "Show everyone", onclick: () => this.#pick(null) }, "×");
    this.element = h(
      "div", { class: "picker", hidden: true }, h("label", { for: id }, label),
      h("div", { class: "picker-field" }, this.#input, this.#clear, this.#list),
    );
  }

  /** Asks for the first choices: that tells whether the viewer may choose at all. */
  async start() {
    try {
      await this.#fetch("");
      this.element.hidden = false;
    } catch (error) {
      this.element.hidden = error instanceof APIError && (error.status === 403 || error.status === 401);
    }
    return !this.element.hidden;
  }

  show(value) {
    this.#value = value;
    this.#input.value = value ?? "";
    this.#clear.hidden = value === null;
  }

  async #fetch(prefix) {
    this.#abort?.abort();
    this.#abort = new AbortController();
    const query = { dimension: this.#dimension, prefix, limit: 50 };
    const answer = await get(rollupPath(this.#rollup, "values"), query, { signal: this.#abort.signal });
    this.#choices = answer.values.filter((value) => value !== null).map(String);
  }

  #search() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const text = this.#input.value.trim();
      try {
        await this.#fetch(text === this.#value ? "" : text);
        if (document.activeElement === this.#input) this.#open();
      } catch {
        this.#close();
      }
    }, typingMilliseconds);
  }

  #open() {
    this.#active = -1;
    this.#input.removeAttribute("aria-activedescendant");
    const options = this.#choices.map((value, index) => h(
      "li", { id: `${this.#list.id}-${index}`, role: "option", "aria-selected": String(value === this.#value),
        onpointerdown: (event) => { event.preventDefault(); this.#pick(value); } }, value,
    ));
    if (options.length === 0) options.push(h("li", { class: "muted", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nobody of that name"));
    this.#list.replaceChildren(...options);
    this.#list.hidden = false;
    set(this.#input, { "aria-expanded": "true" });
  }

  #close() {
    this.#list.hidden = true;
    this.#input.removeAttribute("aria-activedescendant");
    set(this.#input, { "aria-expanded": "false" });
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#close();
    this.#input.value = this.#value ?? "";
  }

  #pick(value) {
    this.show(value);
    this.#close();
    this.#onPick(value);
  }

  #key(event) {
    const count = this.#choices.length;
    if (event.key === "Escape") {
      if (this.#list.hidden) this.#input.value = this.#value ?? "";
      return this.#close();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      const typed = this.#input.value.trim();
      if (this.#active >= 0) return this.#pick(this.#choices[this.#active]);
      return this.#pick(typed === "" ? null : typed);
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count > 0) {
      event.preventDefault();
      if (this.#list.hidden) this.#open();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#active = this.#active < 0 ? (step > 0 ? 0 : count - 1) : (this.#active + step + count) % count;
      [...this.#list.children].forEach((option, index) => option.classList.toggle("active", index === this.#active));
      const option = this.#list.children[this.#active];
      set(this.#input, { "aria-activedescendant": option.id });
      option.scrollIntoView({ block: "nearest" });
    }
  }
}
