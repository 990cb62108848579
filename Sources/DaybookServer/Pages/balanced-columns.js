/**
 * Lays a grid's children out in rows of equal length, so that no last row holds a single one. The style sheet reads
 * `--columns`; without scripts it fills rows as they come.
 */
export function balanceColumns(grid, narrowest) {
  const balance = () => {
    const count = grid.children.length;
    const gap = parseFloat(getComputedStyle(grid).columnGap) || 0;
    const fitting = Math.max(1, Math.floor((grid.clientWidth + gap) / (narrowest + gap)));
    const rows = Math.ceil(count / fitting);
    if (grid.clientWidth > 0 && count > 0) grid.style.setProperty("--columns", Math.max(2, Math.ceil(count / rows)));
  };
  new ResizeObserver(balance).observe(grid);
}
