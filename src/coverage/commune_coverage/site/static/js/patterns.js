/* The two patterns of the pages for canvases: the same as in fill_patterns.svg. */
coverage.patterns = (function () {
  "use strict";

  const made = new Map();

  function tile(size, draw) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    const context = canvas.getContext("2d");
    draw(context, size);
    return context.createPattern(canvas, "repeat");
  }

  function hatch(context, size) {
    context.fillStyle = "#f1f3f5";
    context.fillRect(0, 0, size, size);
    context.strokeStyle = "#868e96";
    context.lineWidth = size / 4;
    for (const from of [-size, 0, size]) {
      context.beginPath();
      context.moveTo(from, size);
      context.lineTo(from + size, 0);
      context.stroke();
    }
  }

  function dots(context, size) {
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, size, size);
    context.fillStyle = "#868e96";
    context.beginPath();
    context.arc(size / 2, size / 2, size / 6, 0, 7);
    context.fill();
  }

  const DRAW = { "url(#pattern-data-poor)": hatch, "url(#pattern-unavailable)": dots };

  function canvasFill(fill, scale = 1) {
    const key = `${fill}@${scale}`;
    if (!DRAW[fill]) return fill;
    if (!made.has(key)) made.set(key, tile(8 * scale, DRAW[fill]));
    return made.get(key);
  }

  return { canvasFill };
})();
