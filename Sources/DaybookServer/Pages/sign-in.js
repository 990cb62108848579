// Asks for a token when the daemon wants one, and keeps it for this tab only.

import { access, keepToken, token } from "./api.js";
import { h } from "./dom.js";

/** Puts the form into `place` when a request was answered with 401, after `stop()`; a new token loads the page again. */
export function watchAccess(place, stop) {
  access.addEventListener("unauthorized", () => {
    if (place.querySelector("form")) return;
    stop();
    document.querySelector("#status").hidden = true;
    const wasRefused = token() !== null;
    keepToken(null);
    const input = h("input", { id: "token", type: "password", autocomplete: "off", required: true, spellcheck: "false" });
    const form = h(
      "form", { class: "sign-in" }, h("h2", {}, "A token, please"),
      h("p", {}, wasRefused
        ? "The token was refused: it has expired, or is not meant for this daemon. Ask your operator for a new one."
        : "This daemon shows numbers only to holders of a token. Paste the one your operator gave you."),
      h("label", { for: "token" }, "Token"), h("div", { class: "sign-in-row" }, input, h("button", { type: "submit", class: "primary" }, "Continue")),
      h("p", { class: "muted" }, "It stays in this tab and is forgotten when the tab is closed."),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      keepToken(input.value.trim());
      location.reload();
    });
    place.replaceChildren(form);
    input.focus();
  });
}
