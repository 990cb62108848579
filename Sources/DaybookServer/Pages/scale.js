// The arithmetic of axes. Pure.

/** A round number at or above the value: 1, 2, 2.5 or 5 times a power of ten. */
export function niceCeiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= value * (1 - 1e-9));
  return step * power;
}

/** Round tick values from 0 to at least the largest value, about `count` of them, no closer than `finest`. */
export function ticks(largest, count = 4, finest = 0) {
  if (!(largest > 0)) return [0, 1];
  const step = Math.max(finest, niceCeiling(largest / count));
  const last = Math.max(1, Math.ceil(largest / step - 1e-9));
  return Array.from({ length: last + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Which of `count` places get a label when every label needs `room` of the `width`; the last one always does. */
export function labelled(count, width, room) {
  const every = Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / room))));
  return Array.from({ length: count }, (_, index) => index).filter((index) => (count - 1 - index) % every === 0);
}

/** A path through points; null interrupts it. */
export function linePath(points) {
  let isDown = false;
  const parts = [];
  for (const point of points) {
    if (point === null) {
      isDown = false;
      continue;
    }
    parts.push(`${isDown ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}`);
    isDown = true;
  }
  return parts.join("");
}
