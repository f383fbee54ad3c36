/* What is seen as a picture for slides: one or two maps with title, legend, scale, run, sources and warnings.
   `panels` are { map, drawn, over, title }, `legend` is { title, about, entries: [{ fill, said }], figures: [text] }, all in the reader's language. */
coverage.savePicture = function (panels, legend) {
  "use strict";

  const { page, text, said, name, patterns } = coverage;
  const SCALE = 2;
  const INK = "#212529";
  const QUIET = "#565e66";
  const HEAD = 74;
  const FOOT = 56;
  const SIDE = 290;
  const GAP = 12;
  const TITLE = panels.some((panel) => panel.title) ? 34 : 0;
  const sizes = panels.map((panel) => panel.map.getSize());
  const width = Math.max(SIDE + sizes.reduce((sum, size) => sum + size.x + GAP, -GAP), 900);
  const height = Math.max(...sizes.map((size) => size.y + TITLE), 480) + HEAD + FOOT;
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const context = canvas.getContext("2d");
  const family = getComputedStyle(document.documentElement).fontFamily;

  function write(words, x, y, { size = 14, weight = 400, color = INK, most = undefined, align = "left" } = {}) {
    context.font = `${weight} ${size}px ${family}`;
    context.fillStyle = color;
    context.textAlign = align;
    context.fillText(words, x, y, most);
  }

  /* Lines no wider than `most`, broken where the browser's segmenter allows. */
  function lines(words, most, px) {
    context.font = `400 ${px}px ${family}`;
    const parts = Intl.Segmenter ? [...new Intl.Segmenter(coverage.language(), { granularity: "word" }).segment(words)].map((part) => part.segment) : words.split(/(?<= )/);
    const found = [""];
    for (const part of parts) {
      const longer = found[found.length - 1] + part;
      if (context.measureText(longer).width > most && found[found.length - 1]) found.push(part.trimStart());
      else found[found.length - 1] = longer;
    }
    return found;
  }

  function paragraph(words, x, y, most, px, color) {
    const step = px * (coverage.language() === "km" ? 1.75 : 1.45);
    const broken = lines(words, most, px);
    broken.forEach((line, number) => write(line, x, y + number * step, { size: px, color }));
    return y + broken.length * step;
  }

  function drawLegend() {
    let y = paragraph(legend.title, 20, HEAD + 20, SIDE - 40, 15, INK) + 4;
    if (legend.about) y = paragraph(legend.about, 20, y, SIDE - 40, 12, QUIET) + 6;
    for (const { fill, said: entry } of legend.entries) {
      context.fillStyle = patterns.canvasFill(fill);
      context.fillRect(20, y - 12, 24, 16);
      context.strokeStyle = "#868e96";
      context.lineWidth = 1;
      context.strokeRect(20, y - 12, 24, 16);
      y = paragraph(entry, 54, y, SIDE - 74, 13, INK) + 3;
    }
    y += 8;
    for (const line of legend.figures || []) y = paragraph(line, 20, y, SIDE - 40, 12, INK) + 3;
    y += 8;
    for (const warning of page.warnings) y = paragraph(said(warning), 20, y, SIDE - 40, 12, "#a61e4d") + 4;
  }

  function drawPanels() {
    let left = SIDE;
    panels.forEach((panel, number) => {
      if (panel.title) write(panel.title, left, HEAD + 22, { size: 15, weight: 700, most: sizes[number].x });
      context.save();
      context.translate(left, HEAD + TITLE);
      coverage.drawMap(context, panel, write);
      context.restore();
      left += sizes[number].x + GAP;
    });
  }

  context.scale(SCALE, SCALE);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  write(`${name(page.country)} · ${legend.title}`, 20, 32, { size: 20, weight: 700, most: width - 40 });
  write(`${text("site_title", {})} · ${text("run_date", { run_date: page.run_date })}`, 20, 58, { size: 13, color: QUIET, most: width - 40 });
  drawLegend();
  drawPanels();
  paragraph(`${text("sources", {})}${text("colon", {})}${page.credits}`, 20, height - 34, width - 40, 10, QUIET);
  canvas.toBlob((blob) => coverage.save(blob, "png"), "image/png");
};
