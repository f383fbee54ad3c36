/* Boundaries from the data files: [latitude, longitude] of every ring, at two levels of detail. */
coverage.shapes = (function () {
  "use strict";

  function points(steps, unit) {
    const found = new Array(steps.length / 2);
    let [x, y] = [0, 0];
    for (let place = 0; place < steps.length; place += 2) {
      x += steps[place];
      y += steps[place + 1];
      found[place / 2] = [y / unit, x / unit];
    }
    return found;
  }

  /* Commune number -> polygons of rings; none where there is no boundary. */
  function read(level) {
    const found = new Map();
    level.rows.forEach((row, place) => {
      found.set(row, level.shapes[place].map((rings) => rings.map((steps) => points(steps, level.unit))));
    });
    return found;
  }

  function outlines(data) {
    return data.outlines.map((one) => ({ ...one, lines: one.lines.map((steps) => points(steps, data.unit)) }));
  }

  function boundsOf(polygons) {
    const found = [90, 180, -90, -180];
    for (const [outer] of polygons) {
      for (const [lat, lon] of outer) {
        if (lat < found[0]) found[0] = lat;
        if (lon < found[1]) found[1] = lon;
        if (lat > found[2]) found[2] = lat;
        if (lon > found[3]) found[3] = lon;
      }
    }
    return found;
  }

  return { read, outlines, boundsOf, points };
})();
