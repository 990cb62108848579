// The dashboard: one panel per rollup, one stream for all of them, its state in the address.

import { address, APIError, get } from "./api.js";
import { h, setText } from "./dom.js";
import * as format from "./format.js";
import { Panel } from "./panel.js";
import { Picker } from "./picker.js";
import { watchAccess } from "./sign-in.js";
import { StatusLine } from "./status-line.js";
import { StreamClient } from "./stream.js";

const userDimension = "user_id";
const ranges = [7, 30, 90];
const quietMilliseconds = 5000;
const spokenMilliseconds = 10000;
const hiddenMilliseconds = 60000;

class Dashboard {
  #main = document.querySelector("main");
  #controls = document.querySelector("#controls");
  #spoken = document.querySelector("#spoken");
  #status = new StatusLine({ onRetry: () => this.#stream?.hurry() });
  #panels = [];
  #picker = null;
  #stream = null;
  #state = { days: 7, user: null };
  #lastHeard = 0;
  #moves = new Map();

  async start() {
    watchAccess(this.#main, () => {
      this.#stream?.stop();
      this.#panels = [];
    });
    document.querySelector("#status").replaceChildren(this.#status.element);
    document.addEventListener("click", (event) => this.#link(event));
    addEventListener("popstate", () => this.#goTo(readState(), false));
    addEventListener("online", () => this.#stream?.hurry());
    document.addEventListener("visibilitychange", () => this.#visibility());
    setInterval(() => this.#quiet(), quietMilliseconds);
    setInterval(() => this.#speak(), spokenMilliseconds);
    this.#state = readState();
    await this.#load();
  }

  async #load() {
    try {
      const { rollups } = await get("/api/rollups");
      this.#build(rollups);
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      if (error.status === 401) return;
      this.#status.connection({ name: "closed", since: Date.now(), nextAttempt: Date.now() + quietMilliseconds, message: error.message });
      setTimeout(() => this.#load(), quietMilliseconds);
    }
  }

  #build(rollups) {
    const drawn = new Map([...this.#main.querySelectorAll("[data-rollup]")].map((section) => [
      section.dataset.rollup,
      new Map([...section.querySelectorAll("[data-measure]")].map((card) => [card.dataset.measure, card.querySelector(".value").textContent])),
    ]));
    this.#panels = rollups.map((rollup) => new Panel(rollup, {
      userDimension, initial: drawn.get(rollup.name),
      onFreshness: (freshness) => this.#status.freshness(freshness.as_of, freshness.lag_seconds),
      onMoves: (panel, moves) => this.#remember(panel, moves),
    }));
    if (rollups.length === 0) {
      this.#main.replaceChildren(h("p", { class: "empty" }, "No rollup is defined. Put a file into Events/ and run daybook install."));
      return;
    }
    this.#main.replaceChildren(...this.#panels.map((panel) => panel.element));
    this.#makePicker(rollups);
    this.#goTo(this.#state, false);
  }

  async #makePicker(rollups) {
    const rollup = rollups.find((entry) => entry.dimensions.some((dimension) => dimension.name === userDimension));
    document.querySelector("#controls form")?.remove();
    if (!rollup) return;
    this.#picker = new Picker({
      rollup: rollup.name, dimension: userDimension, label: "User",
      onPick: (user) => this.#goTo({ ...this.#state, user }, true),
    });
    this.#controls.append(this.#picker.element);
    this.#picker.show(this.#state.user);
    const isOperator = await this.#picker.start();
    document.querySelector("#operations").hidden = !isOperator;
  }

  /** The range links work without scripts; with them the page stays. */
  #link(event) {
    const link = event.target.closest("a[data-days]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.#goTo({ ...this.#state, days: Number(link.dataset.days) }, true);
  }

  #goTo(state, isNew) {
    const isOtherUser = state.user !== this.#state.user || this.#stream === null;
    this.#state = state;
    const query = address(location.pathname, { range: state.days, user: state.user });
    if (isNew) history.pushState(null, "", query);
    for (const link of document.querySelectorAll("a[data-days]")) {
      if (Number(link.dataset.days) === state.days) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      link.href = address(location.pathname, { range: link.dataset.days, user: state.user });
    }
    this.#picker?.show(state.user);
    this.#panels.forEach((panel) => panel.show(state));
    if (isOtherUser) this.#connect();
  }

  /** One stream for the rollups that the filter fits; the others are asked now and then. */
  #connect() {
    this.#stream?.stop();
    const { user } = this.#state;
    const followed = this.#panels.filter((panel) => user === null || panel.takesUser);
    if (followed.length === 0) return;
    this.#stream = new StreamClient({
      address: address("/api/stream", {
        rollup: followed.map((panel) => panel.rollup.name).join(","), state: "none", ...(user === null ? {} : { [userDimension]: user }),
      }),
      onEvent: (type, data) => this.#event(type, JSON.parse(data)),
      onState: (state) => this.#connection(state),
    });
    this.#stream.start();
  }

  #connection(state) {
    const wasClosed = this.#status.condition === "disconnected";
    this.#status.connection(state);
    if (state.name === "open" && wasClosed) this.#panels.forEach((panel) => panel.touch(null));
  }

  #event(type, data) {
    this.#status.freshness(data.as_of);
    if (type === "hello") {
      this.#status.standby(data.role === "standby");
    } else if (type === "rows") {
      this.#status.standby(false);
      this.#lastHeard = performance.now();
      this.#panel(data.rollup)?.touch([data.day]);
    } else if (type === "reset") {
      this.#status.standby(data.reason === "standby");
      const panel = data.rollup ? this.#panel(data.rollup) : null;
      (panel ? [panel] : this.#panels).forEach((entry) => entry.touch(null));
    }
  }

  #panel(name) {
    return this.#panels.find((panel) => panel.rollup.name === name);
  }

  #quiet() {
    if (document.hidden || this.#panels.length === 0) return;
    const isQuiet = performance.now() - this.#lastHeard > quietMilliseconds;
    for (const panel of this.#panels) {
      const isFollowed = this.#state.user === null || panel.takesUser;
      if (isQuiet || !isFollowed) panel.probe();
    }
  }

  /** A page that nobody sees holds no connection for long. */
  #visibility() {
    clearTimeout(this.#hiding);
    if (document.hidden) {
      this.#hiding = setTimeout(() => {
        this.#stream?.stop();
        this.#isPaused = true;
      }, hiddenMilliseconds);
    } else if (this.#isPaused) {
      this.#isPaused = false;
      this.#connect();
      this.#panels.forEach((panel) => panel.probe());
    }
  }

  #hiding = null;
  #isPaused = false;

  #remember(panel, moves) {
    const sums = this.#moves.get(panel) ?? new Map();
    for (const { column, by } of moves) sums.set(column, (sums.get(column) ?? 0) + by);
    this.#moves.set(panel, sums);
  }

  #speak() {
    const { condition } = this.#status;
    if (condition === "disconnected" || condition === "stale") {
      setText(this.#spoken, condition === "stale" ? "The numbers are stale." : "Disconnected. The last numbers stay.");
      return;
    }
    const sentences = [...this.#moves].map(([panel, moves]) => {
      const parts = [...moves].filter(([, by]) => by !== 0).slice(0, 3).map(([column, by]) => `${column.phrase} ${by > 0 ? "up" : "down"} ${format.number(Math.abs(by), column.type)}`);
      return parts.length > 0 ? `${panel.rollup.title}: ${parts.join(", ")}.` : "";
    });
    this.#moves.clear();
    setText(this.#spoken, sentences.join(" "));
  }
}

function readState() {
  const parameters = new URLSearchParams(location.search);
  const days = Number(parameters.get("range"));
  return { days: ranges.includes(days) ? days : 7, user: parameters.get("user") || null };
}

new Dashboard().start();
