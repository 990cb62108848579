// Requests to the daemon: JSON in, errors with a sentence and a status. A token is sent where the viewer gave one.

const tokenKey = "daybook.token";
const requestMilliseconds = 20000;

/** Fires `unauthorized` when the daemon asks for a token. */
export const access = new EventTarget();

/** How far the server's clock is ahead of this machine's, in milliseconds, to the second. */
export const clock = {
  offset: 0,
  now() {
    return Date.now() + this.offset;
  },
  learn(response) {
    const date = Date.parse(response.headers.get("date") ?? "");
    if (Number.isFinite(date) && Math.abs(date - Date.now()) > 1500) this.offset = date - Date.now();
    else this.offset = 0;
  },
};

export class APIError extends Error {
  constructor(status, message, retryAfter = null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export function token() {
  return sessionStorage.getItem(tokenKey);
}

export function keepToken(value) {
  if (value) sessionStorage.setItem(tokenKey, value);
  else sessionStorage.removeItem(tokenKey);
}

export function authorization() {
  const value = token();
  return value ? { Authorization: `Bearer ${value}` } : {};
}

export function address(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, value);
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

export function rollupPath(rollup, view = "") {
  return `/api/rollups/${encodeURIComponent(rollup)}${view ? `/${view}` : ""}`;
}

/** Why a response is not a good one; also tells the page when a token is missing. */
export async function refusal(response) {
  let message = `The daemon answered ${response.status}.`;
  try {
    const body = await response.json();
    if (body?.error?.message) message = body.error.message;
  } catch {
    // Not JSON: a proxy's answer. The status says enough.
  }
  if (response.status === 401) access.dispatchEvent(new Event("unauthorized"));
  return new APIError(response.status, message, Number(response.headers.get("retry-after")) || null);
}

/** @throws {APIError} status 0 where the daemon could not be reached. */
export async function get(path, query = {}, { signal, fresh = false } = {}) {
  const limit = AbortSignal.timeout(requestMilliseconds);
  let response;
  try {
    response = await fetch(address(path, query), {
      headers: { Accept: "application/json", ...authorization() },
      cache: fresh ? "no-store" : "default",
      credentials: "omit",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new APIError(0, "The daemon cannot be reached. The page tries again by itself.");
  }
  clock.learn(response);
  if (!response.ok) throw await refusal(response);
  return response.json();
}
