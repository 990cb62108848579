/**
 * Work that is asked for often and done seldom: at once when it rested, then at most once per interval, never twice at a
 * time, and never for more than a fifth of the time, so that a slow daemon is asked less often.
 */
export class Pace {
  #work;
  #interval;
  #isRunning = false;
  #isWanted = false;
  #timer = null;
  #restUntil = 0;

  constructor(milliseconds, work) {
    this.#interval = milliseconds;
    this.#work = work;
  }

  ask() {
    this.#isWanted = true;
    if (this.#isRunning || this.#timer !== null) return;
    const wait = this.#restUntil - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#run();
      }, wait);
    } else {
      this.#run();
    }
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#isWanted = false;
  }

  async #run() {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#isRunning = true;
    const start = performance.now();
    try {
      await this.#work();
    } finally {
      const end = performance.now();
      this.#restUntil = Math.max(start + this.#interval, end + 4 * (end - start));
      this.#isRunning = false;
      if (this.#isWanted) this.ask();
    }
  }
}
