// Elements in one call. Text goes in as text nodes, never as markup.

const svgNames = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNames, name), attributes, children);
}

/** Sets attributes only where they differ, so that nothing is laid out anew in vain. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

/** Sets the text only where it differs; says whether it did. */
export function setText(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Marks for a moment what has moved. The style sheet decides how, and honours prefers-reduced-motion. */
export function markMoved(element) {
  element.classList.remove("moved");
  void element.offsetWidth;
  element.classList.add("moved");
  element.addEventListener("animationend", () => element.classList.remove("moved"), { once: true });
}

let serial = 0;
export function uniqueId(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}
