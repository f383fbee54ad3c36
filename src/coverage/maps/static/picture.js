/* The map as seen, as a picture for slides: title, legend, scale, night, sources and warnings are in it. */
coverage.savePicture = function (map, drawn, layer, pictures) {
  "use strict";

  const { page, text, said, name, communes, patterns } = coverage;
  const SCALE = 2;
  const INK = "#212529";
  const QUIET = "#565e66";
  const HEAD = 74;
  const SIDE = 290;
  const size = map.getSize();
  const width = Math.max(size.x + SIDE, 900);
  const height = Math.max(size.y, 480) + HEAD + 56;
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const context = canvas.getContext("2d");
  const family = getComputedStyle(document.documentElement).fontFamily;

  function write(words, x, y, { size: px = 14, weight = 400, color = INK, most = undefined, align = "left" } = {}) {
    context.font = `${weight} ${px}px ${family}`;
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
    lines(words, most, px).forEach((line, number) => write(line, x, y + number * step, { size: px, color }));
    return y + lines(words, most, px).length * step;
  }

  function path(rings, isClosed) {
    context.beginPath();
    for (const ring of rings) {
      ring.forEach((at, number) => {
        const point = map.latLngToContainerPoint(at);
        if (number) context.lineTo(point.x, point.y);
        else context.moveTo(point.x, point.y);
      });
      if (isClosed) context.closePath();
    }
  }

  function fillWith(fill) {
    return patterns.canvasFill(fill);
  }

  function drawMap() {
    context.save();
    context.translate(SIDE, HEAD);
    context.beginPath();
    context.rect(0, 0, width - SIDE, height - HEAD - 56);
    context.clip();
    context.fillStyle = "#e9ecef";
    context.fillRect(0, 0, width, height);
    context.lineJoin = "round";
    for (const record of communes.records) {
      for (const rings of drawn.polygonsOf(record)) {
        path(rings, true);
        context.fillStyle = fillWith(drawn.fillOf(record));
        context.fill("evenodd");
        context.strokeStyle = "#ffffff";
        context.lineWidth = 0.6;
        context.stroke();
      }
    }
    pictures.drawOn(context);
    context.strokeStyle = "#495057";
    context.lineWidth = 1.1;
    for (const { lines: parts } of drawn.provinces) {
      path(parts, true);
      context.stroke();
    }
    const record = communes.byCode.get(coverage.address.state().commune);
    for (const [color, line] of [["#ffffff", 6], ["#000000", 3]]) {
      for (const rings of record ? drawn.polygonsOf(record) : []) {
        path(rings, true);
        context.strokeStyle = color;
        context.lineWidth = line;
        context.stroke();
      }
    }
    for (const { at, place } of drawn.labels.shown()) {
      const point = map.latLngToContainerPoint(at);
      context.font = `700 12px ${family}`;
      context.textAlign = "center";
      context.strokeStyle = "#ffffff";
      context.lineWidth = 3;
      context.strokeText(communes.placeName(place), point.x, point.y + 4);
      write(communes.placeName(place), point.x, point.y + 4, { size: 12, weight: 700, color: "#343a40", align: "center" });
    }
    drawScale();
    if (page.watermark) {
      context.translate((width - SIDE) / 2, (height - HEAD) / 2);
      context.rotate(-0.42);
      write(text(page.watermark, {}), 0, 0, { size: 54, weight: 700, color: "rgb(33 37 41 / 24%)", align: "center" });
    }
    context.restore();
  }

  function drawScale() {
    const middle = map.containerPointToLatLng([size.x / 2, size.y / 2]);
    const meters = map.distance(middle, map.containerPointToLatLng([size.x / 2 + 100, size.y / 2]));
    const digit = 10 ** Math.floor(Math.log10(meters));
    const round = digit * (meters / digit >= 5 ? 5 : meters / digit >= 2 ? 2 : 1);
    const long = (100 * round) / meters;
    const [x, y] = [width - SIDE - long - 16, height - HEAD - 76];
    context.fillStyle = INK;
    context.fillRect(x, y, long, 3);
    write(coverage.digits(round >= 1000 ? `${round / 1000} km` : `${round} m`), x + long, y - 6, { size: 12, align: "right" });
  }

  const shownLegend = pictures.shown() || layer;

  function drawLegend() {
    let y = paragraph(said(shownLegend.title), 20, HEAD + 20, SIDE - 40, 15, INK) + 4;
    if (shownLegend === layer) y = paragraph(coverage.legend.about(layer), 20, y, SIDE - 40, 12, QUIET) + 6;
    for (const { fill, said: entry } of shownLegend.legend) {
      context.fillStyle = fillWith(fill);
      context.fillRect(20, y - 12, 24, 16);
      context.strokeStyle = "#868e96";
      context.lineWidth = 1;
      context.strokeRect(20, y - 12, 24, 16);
      y = paragraph(said(entry), 54, y, SIDE - 74, 13, INK) + 3;
    }
    y += 8;
    for (const warning of page.warnings) y = paragraph(said(warning), 20, y, SIDE - 40, 12, "#a61e4d") + 4;
  }

  context.scale(SCALE, SCALE);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  write(`${name(page.country)} · ${said(shownLegend.title)}`, 20, 32, { size: 20, weight: 700, most: width - 40 });
  write(`${text("site_title", {})} · ${text("night", { night: page.night })}`, 20, 58, { size: 13, color: QUIET, most: width - 40 });
  drawLegend();
  drawMap();
  paragraph(`${text("sources", {})}: ${page.credits}`, 20, height - 34, width - 40, 10, QUIET);
  canvas.toBlob((blob) => coverage.save(blob, "png"), "image/png");
};
