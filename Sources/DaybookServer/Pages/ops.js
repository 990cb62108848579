// The operations page: asks `/api/ops` each second, what is wrong at the top.

import { APIError, clock, get } from "./api.js";
import { h, set, setText } from "./dom.js";
import * as format from "./format.js";
import { LagLine } from "./lag-line.js";
import { problemsOf } from "./ops-facts.js";
import { makeTables } from "./ops-tables.js";
import { watchAccess } from "./sign-in.js";
import { StatusLine } from "./status-line.js";

const pollMilliseconds = 1000;
const spokenMilliseconds = 10000;

/** Facts as `[name, value(ops), detail(ops)]`. A `_per_second` is the growth of a counter between two answers. */
const facts = [
  ["Role", (ops) => ops.role ?? format.dash, (ops) => (ops.ready === false ? "not ready" : ops.asleep ? "asleep, bell armed" : "ready")],
  ["Feed lag", (ops) => format.seconds(ops.lag_seconds), (ops) => (ops.lag_events == null ? "" : `${format.number(ops.lag_events)} events wait`)],
  ["Turns", (ops) => format.number(ops.turns), (ops, rate) => rate("turns")],
  ["Events", (ops) => format.number(ops.events), (ops, rate) => rate("events")],
  ["Flushes", (ops) => format.number(ops.flushes), (ops) => since("last", ops.last_flush_at)],
  ["Rows flushed", (ops) => format.number(ops.rows_flushed), (ops, rate) => rate("rows_flushed")],
  ["Rows in memory", (ops) => format.number(ops.rows_in_memory), (ops) => `in ${format.number(ops.days_in_memory)} days`],
  ["Subscribers", (ops) => format.number(ops.subscribers?.count ?? ops.subscribers), (ops) => (ops.subscribers?.limit ? `of at most ${format.number(ops.subscribers.limit)}` : "")],
  ["Parked keys", (ops) => format.number(ops.parked), () => ""],
  ["Days to build", (ops) => format.number(ops.unbuilt ?? ops.days_to_build), () => ""],
  ["Doctor", (ops) => (ops.findings ? (ops.findings.length === 1 ? "1 finding" : `${format.number(ops.findings.length)} findings`) : "looking"), (ops) => since("looked", ops.doctor?.examined_at)],
  ["Reconnects", (ops) => format.number(ops.reconnects), () => "since the start"],
];

/** What the facts and tables read, by the names that they use. */
function flat(answer) {
  const { feed, engine, ...rest } = answer;
  return {
    ...rest, ...engine, ...feed, parked: answer.parked_keys, unbuilt: answer.unbuilt_days,
    rollups: (answer.rollups ?? []).map((rollup) => ({ rollup: rollup.name, ...rollup })),
    requests: (answer.requests ?? []).map((request) => ({ ...request, failure: request.state === "failed" ? request.message : null })),
  };
}

function since(word, text) {
  const date = format.instant(text);
  return date ? `${word} ${format.seconds((clock.now() - date) / 1000)} ago` : "";
}

class Operations {
  #main = document.querySelector("main");
  #spoken = document.querySelector("#spoken");
  #status = new StatusLine({ onRetry: () => this.#poll() });
  #problems = h("div", { "aria-label": "What is wrong", role: "region" });
  #lag = new LagLine();
  #tables = makeTables();
  #cells = facts.map(() => ({ value: h("span"), detail: h("span", { class: "detail" }) }));
  #last = null;
  #failures = 0;
  #downSince = null;
  #isPolling = false;
  #timer = null;

  start() {
    watchAccess(this.#main, () => clearTimeout(this.#timer));
    document.querySelector("#status").replaceChildren(this.#status.element);
    addEventListener("online", () => this.#poll());
    document.addEventListener("visibilitychange", () => document.hidden || this.#poll());
    setInterval(() => this.#speak(), spokenMilliseconds);
    this.#poll();
  }

  #layout() {
    const grid = h("dl", { class: "facts-grid" }, ...facts.map(([name], index) => h(
      "div", { class: "fact" }, h("dt", {}, name), h("dd", {}, this.#cells[index].value, this.#cells[index].detail),
    )));
    const { gaps, findings, jobs, daemons, requests, rollups, seals } = this.#tables;
    this.#main.replaceChildren(
      this.#problems, grid,
      h(
        "div", { class: "ops" },
        h("section", { class: "box wide" }, h("h2", {}, "Feed lag, last 5 minutes"), this.#lag.element),
        findings.element, gaps.element, jobs.element, daemons.element, rollups.element, requests.element, seals.element,
      ),
    );
  }

  async #poll() {
    if (this.#isPolling) return;
    clearTimeout(this.#timer);
    this.#isPolling = true;
    let pause = pollMilliseconds;
    try {
      const ops = flat(await get("/api/ops", {}, { fresh: true }));
      this.#failures = 0;
      this.#downSince = null;
      this.#show(ops);
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      pause = this.#failed(error);
    } finally {
      this.#isPolling = false;
    }
    if (pause !== null) this.#timer = setTimeout(() => document.hidden || this.#poll(), pause);
  }

  #failed(error) {
    if (error.status === 401) return null;
    this.#failures += 1;
    this.#downSince ??= Date.now();
    const pause = Math.max(Math.min(1000 * 2 ** (this.#failures - 1), 10000), (error.retryAfter ?? 0) * 1000);
    const message = error.status > 0 ? error.message : null;
    this.#status.connection({ name: "closed", since: this.#downSince, nextAttempt: Date.now() + pause, message });
    if (this.#last) {
      this.#lag.add(null);
      this.#showProblems([{
        severity: "error", what: message ?? "The daemon does not answer.", detail: null,
        remedy: "Events are logged by the database and wait: nothing is lost. See whether the process runs and what its log says last.",
      }]);
    } else if (error.status === 403) {
      this.#main.replaceChildren(h("p", { class: "empty" }, "This page is for operators. Your token opens the dashboard only."));
      return null;
    }
    return pause;
  }

  #show(ops) {
    if (this.#last === null) this.#layout();
    const now = performance.now();
    const rate = (name) => {
      if (!this.#last || this.#last.ops[name] > ops[name]) return "\u00a0";
      return `${format.compact(Math.round((ops[name] - this.#last.ops[name]) / ((now - this.#last.at) / 1000)))} per second`;
    };
    facts.forEach(([, value, detail], index) => {
      setText(this.#cells[index].value, String(value(ops)));
      setText(this.#cells[index].detail, detail(ops, rate) || "\u00a0");
    });
    this.#last = { ops, at: now };
    this.#status.connection({ name: "open" });
    this.#status.freshness(ops.as_of ?? new Date(clock.now()).toISOString(), ops.lag_seconds);
    this.#lag.add(Number(ops.lag_seconds ?? 0));
    for (const [name, table] of Object.entries(this.#tables)) table.show(ops[name] ?? []);
    this.#tables.findings.element.hidden = ops.findings === undefined || ops.findings === null;
    this.#showProblems(problemsOf(ops));
  }

  #showProblems(problems) {
    const hasLooked = Boolean(this.#last?.ops.findings);
    const key = JSON.stringify([problems, hasLooked]);
    if (key === this.#problems.dataset.shown) return;
    this.#problems.dataset.shown = key;
    const words = { error: "Act now", warning: "Look at this", info: "To know" };
    const serious = problems.filter((problem) => problem.severity !== "info").length;
    const children = problems.map((problem) => h(
      "li", { class: `problem ${problem.severity}` }, h("span", { class: "severity" }, words[problem.severity]), h("h3", {}, ...code(problem.what)),
      h("p", { class: "remedy" }, ...code(problem.remedy)), problem.detail ? h("p", { class: "muted" }, problem.detail) : null,
    ));
    this.#problems.replaceChildren(
      ...(serious === 0 ? [h("p", { class: "well" }, `Nothing is wrong: role, lag, gaps, parked keys, requests and jobs are as they should be${hasLooked ? ", and doctor finds nothing to act on" : ""}.`)] : []),
      ...(children.length > 0 ? [h("ul", { class: "problems" }, ...children)] : []),
    );
  }

  #speak() {
    const count = this.#problems.querySelectorAll(".problem.error, .problem.warning").length;
    setText(this.#spoken, count === 0 ? "Nothing is wrong." : `${count} things are wrong.`);
  }
}

/** Text between backticks as code. */
function code(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));
}

new Operations().start();
