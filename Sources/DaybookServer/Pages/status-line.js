// The line that says how fresh the page is, and whether it is connected.

import { clock } from "./api.js";
import { h, set, setText } from "./dom.js";
import * as format from "./format.js";

const staleSeconds = 10;

export class StatusLine {
  #state = { name: "connecting" };
  #asOf = null;
  #lag = null;
  #isStandby = false;
  #word = h("strong", {}, "Connecting");
  #time = h("time", { class: "as-of" });
  #detail = h("span", { class: "detail" });
  #retry;
  element;
  /** Called with `live`, `stale`, `connecting` or `disconnected` when that changes. */
  onCondition = () => {};
  condition = "connecting";

  constructor({ onRetry }) {
    this.#retry = h("button", { type: "button", class: "quiet", hidden: true, onclick: onRetry }, "Try now");
    this.element = h(
      "p", { class: "status connecting" }, h("span", { class: "lamp", "aria-hidden": "true" }), this.#word, " ", this.#time, " ", this.#detail, this.#retry,
    );
    setInterval(() => this.draw(), 1000);
    this.draw();
  }

  connection(state) {
    this.#state = state;
    this.draw();
  }

  /** Whether the daemon behind this page waits for another one's end, and serves from the tables meanwhile. */
  standby(isStandby) {
    this.#isStandby = isStandby;
    this.draw();
  }

  /** What an answer or a message says of its own freshness; an older one changes nothing. */
  freshness(asOf, lagSeconds) {
    const date = format.instant(asOf);
    if (!date || (this.#asOf && date < this.#asOf)) return;
    this.#asOf = date;
    if (lagSeconds !== undefined) this.#lag = lagSeconds;
    this.draw();
  }

  get ageSeconds() {
    return this.#asOf ? (clock.now() - this.#asOf.getTime()) / 1000 : Infinity;
  }

  draw() {
    const condition = this.#condition();
    this.#time.hidden = condition === "disconnected";
    if (this.#asOf) {
      set(this.#detail, { title: this.#explanation(condition) });
      setText(this.#time, `as of ${format.utcWithDay(this.#asOf)}`);
      set(this.#time, { datetime: this.#asOf.toISOString(), title: format.local(this.#asOf) });
    }
    const words = { live: this.#isStandby ? "Standby" : "Live", stale: "Stale", connecting: "Connecting", disconnected: "Disconnected" };
    setText(this.#word, words[condition]);
    setText(this.#detail, this.#details(condition));
    this.#retry.hidden = condition !== "disconnected";
    set(this.element, { class: `status ${condition}` });
    if (condition === this.condition) return;
    this.condition = condition;
    this.onCondition(condition);
  }

  /** What does not fit into the line. */
  #explanation(condition) {
    if (condition === "disconnected") return `The numbers are as of ${format.utcWithDay(this.#asOf)}`;
    if (condition === "stale") return "The feed stands still, or the daemon does not answer.";
    return this.#isStandby ? "Another daemon leads. This one looks at its tables every few seconds." : "";
  }

  #condition() {
    if (this.#state.name === "closed") return "disconnected";
    if (this.#state.name === "connecting") return "connecting";
    return this.ageSeconds > staleSeconds && this.#asOf ? "stale" : "live";
  }

  #details(condition) {
    if (condition === "disconnected") {
      const { since, nextAttempt, message } = this.#state;
      const wait = Math.max(0, Math.ceil((nextAttempt - Date.now()) / 1000));
      const date = new Date(since + clock.offset);
      return `since ${format.utc(date)}; ${message ?? "the last numbers stay."} Next try ${wait > 0 ? `in ${wait} s` : "now"}.`;
    }
    if (condition === "stale") return `· ${format.seconds(this.ageSeconds)} old`;
    if (this.#isStandby) return "· from the leader's tables";
    return this.#lag === null ? "" : `· lag ${format.seconds(this.#lag)}`;
  }
}
