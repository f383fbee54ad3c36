/* A map as seen, drawn on a canvas: communes, what lies over them, provinces with their names, scale and watermark. */
coverage.drawMap = function (context, panel, write) {
  "use strict";

  const { page, text, communes, patterns } = coverage;
  const { map, drawn } = panel;
  const INK = "#212529";
  const { x: width, y: height } = map.getSize();
  const family = getComputedStyle(document.documentElement).fontFamily;

  function path(rings) {
    context.beginPath();
    for (const ring of rings) {
      ring.forEach((at, number) => {
        const point = map.latLngToContainerPoint(at);
        if (number) context.lineTo(point.x, point.y);
        else context.moveTo(point.x, point.y);
      });
      context.closePath();
    }
  }

  function stroke(rings, color, line) {
    path(rings);
    context.strokeStyle = color;
    context.lineWidth = line;
    context.stroke();
  }

  function drawCommunes() {
    for (const record of communes.records) {
      for (const rings of drawn.polygonsOf(record)) {
        stroke(rings, drawn.edge(), 0.6);
        context.fillStyle = patterns.canvasFill(drawn.fillOf(record));
        context.fill("evenodd");
      }
    }
  }

  function drawLines() {
    for (const { lines } of drawn.provinces) stroke(lines, "#495057", 1.1);
    const record = communes.byCode.get(coverage.address.state().commune);
    for (const [color, line] of [["#ffffff", 6], ["#000000", 3]]) {
      for (const rings of record ? drawn.polygonsOf(record) : []) stroke(rings, color, line);
    }
  }

  function drawNames() {
    for (const { at, said, size } of drawn.labels.shown()) {
      const point = map.latLngToContainerPoint(at);
      context.font = `700 ${size}px ${family}`;
      context.textAlign = "center";
      context.strokeStyle = "#ffffff";
      context.lineWidth = 3;
      context.strokeText(said, point.x, point.y + 4);
      write(said, point.x, point.y + 4, { size, weight: 700, color: "#343a40", align: "center" });
    }
  }

  function drawScale() {
    const middle = map.containerPointToLatLng([width / 2, height / 2]);
    const meters = map.distance(middle, map.containerPointToLatLng([width / 2 + 100, height / 2]));
    const digit = 10 ** Math.floor(Math.log10(meters));
    const round = digit * (meters / digit >= 5 ? 5 : meters / digit >= 2 ? 2 : 1);
    const long = (100 * round) / meters;
    const [x, y] = [width - long - 16, height - 20];
    context.fillStyle = INK;
    context.fillRect(x, y, long, 3);
    write(coverage.digits(round >= 1000 ? `${round / 1000} km` : `${round} m`), x + long, y - 6, { size: 12, align: "right" });
  }

  function drawWatermark() {
    context.translate(width / 2, height / 2);
    context.rotate(-0.42);
    write(text(page.watermark, {}), 0, 0, { size: Math.min(54, width / 12), weight: 700, color: "rgb(33 37 41 / 24%)", align: "center" });
  }

  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  context.fillStyle = "#e9ecef";
  context.fillRect(0, 0, width, height);
  context.lineJoin = "round";
  drawCommunes();
  drawn.base.drawOn(context);
  if (panel.over) panel.over(context);
  drawLines();
  drawNames();
  drawScale();
  if (page.watermark) drawWatermark();
};
