// Server-sent events over fetch, because EventSource cannot send a token. Resumes with Last-Event-ID.

import { APIError, authorization, clock, refusal } from "./api.js";

const silenceMilliseconds = 40000; // The daemon sends a comment every 15 s.
const longestPause = 30000;
const longestLine = 4 * 1024 * 1024;

/** Bytes in, events out, as the HTML standard has it. No clock and no network. */
export class EventStreamParser {
  #rest = "";
  #data = [];
  #event = "";
  #id = null;
  /** Of the last complete event: half an event must come again. */
  lastEventID = "";
  retry = null;

  push(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    if (this.#rest.length > longestLine) throw new Error("A line of the stream is longer than 4 MiB.");
    return lines.map((line) => this.#take(line)).filter((event) => event !== null);
  }

  #take(line) {
    if (line === "") {
      this.lastEventID = this.#id ?? this.lastEventID;
      this.#id = null;
      const event = { type: this.#event || "message", data: this.#data.join("\n"), id: this.lastEventID };
      const isEmpty = this.#data.length === 0;
      this.#data = [];
      this.#event = "";
      return isEmpty ? null : event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }
}

/**
 * Keeps one stream open until it is stopped. `onEvent(type, data)` gets every event, `onState(state)` each of
 * `{ name: "connecting" }`, `{ name: "open" }`, `{ name: "closed", since, nextAttempt, message }`.
 */
export class StreamClient {
  #address;
  #onEvent;
  #onState;
  #abort = null;
  #timer = null;
  #failures = 0;
  #since = null;
  #lastEventID = "";
  #retry = 1000;

  constructor({ address, onEvent, onState }) {
    this.#address = address;
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  start() {
    this.stop();
    this.#run();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Tries at once instead of waiting for the next attempt. */
  hurry() {
    if (this.#since !== null) this.start();
  }

  async #run() {
    const abort = new AbortController();
    this.#abort = abort;
    if (this.#since === null) this.#onState({ name: "connecting" });
    let watchdog;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort("silent"), silenceMilliseconds);
    };
    let failure;
    try {
      alive();
      await this.#read(abort.signal, alive);
      failure = new APIError(0, "The daemon closed the stream.");
    } catch (error) {
      failure = error;
    }
    clearTimeout(watchdog);
    if (this.#abort !== abort) return; // Stopped, or started anew: not this run's business any more.
    this.#closed(failure);
  }

  async #read(signal, alive) {
    const headers = { Accept: "text/event-stream", ...authorization() };
    if (this.#lastEventID) headers["Last-Event-ID"] = this.#lastEventID;
    const response = await fetch(this.#address, { headers, signal, cache: "no-store", credentials: "omit" });
    clock.learn(response);
    if (!response.ok) throw await refusal(response);
    this.#failures = 0;
    this.#since = null;
    this.#onState({ name: "open" });
    const parser = new EventStreamParser();
    parser.lastEventID = this.#lastEventID;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      for (const event of parser.push(value)) {
        this.#lastEventID = event.id;
        this.#onEvent(event.type, event.data);
      }
      this.#retry = parser.retry ?? this.#retry;
    }
  }

  #closed(failure) {
    this.#since ??= Date.now();
    this.#failures += 1;
    const doubling = Math.min(this.#retry * 2 ** (this.#failures - 1), longestPause);
    const pause = Math.max(doubling * (0.75 + Math.random() / 2), (failure.retryAfter ?? 0) * 1000);
    const message = failure instanceof APIError && failure.status > 0 ? failure.message : null;
    this.#onState({ name: "closed", since: this.#since, nextAttempt: Date.now() + pause, message });
    if (failure.status === 401 || failure.status === 403) return; // Another token has to come first.
    this.#timer = setTimeout(() => this.#run(), pause);
  }
}
