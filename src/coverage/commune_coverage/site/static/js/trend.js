/* A line through the runs: how a gap moved, with its first and last figure in words. */
coverage.trend = (function () {
  "use strict";

  const { element, drawn, text, people } = coverage;
  const MIN_RANGE = 0.1; // so that a small change does not look like a great one
  const [WIDTH, HEIGHT, MARGIN] = [260, 56, 6];

  function line(values) {
    const known = values.filter((value) => value !== null);
    const middle = (Math.min(...known) + Math.max(...known)) / 2;
    const range = Math.max(Math.max(...known) - Math.min(...known), MIN_RANGE * middle, 1);
    const x = (place) => MARGIN + (place * (WIDTH - 2 * MARGIN)) / Math.max(values.length - 1, 1);
    const y = (value) => HEIGHT / 2 - ((value - middle) / range) * (HEIGHT - 2 * MARGIN);
    const points = values.map((value, place) => (value === null ? null : [x(place), y(value)])).filter(Boolean);
    return { path: points.map(([left, top], place) => `${place ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`).join(""), last: points[points.length - 1] };
  }

  /* `values` has one number or null a run. */
  function show(updates, values) {
    const first = values.findIndex((value) => value !== null);
    if (first < 0 || values.filter((value) => value !== null).length < 2) {
      return element("p", { class: "aside trend" }, text("trend_short", {}));
    }
    const { path, last } = line(values);
    const told = text("trend_told", { first: people(values[first]), day: updates[first], last: people(values[values.length - 1]) });
    const picture = drawn("svg", { class: "trend-line", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "xMinYMid meet", role: "img", "aria-label": told },
      drawn("path", { d: path, class: "line" }), drawn("circle", { cx: last[0], cy: last[1], r: 3.5 }));
    return element("figure", { class: "trend" }, picture, element("figcaption", {}, told));
  }

  return { show };
})();
