/* The base map: roads, railways, borders and water in quiet greys, of the whole country or a tile at a time when nearer. */
coverage.baseMap = function (map) {
  "use strict";

  const { page, element, text } = coverage;
  const NEARER = 2;
  const PANE = "base";
  const WATER = { color: "#adb5bd", fillColor: "#dee2e6", weight: 0.5, fillOpacity: 1 };
  const GREY = "#5c636a";
  const LINES = {
    "roads-0": { color: GREY, weight: 1.4, opacity: 0.6 }, "roads-1": { color: GREY, weight: 1, opacity: 0.5 },
    "roads-2": { color: GREY, weight: 0.8, opacity: 0.45 }, "roads-3": { color: GREY, weight: 0.6, opacity: 0.4 },
    "railways-0": { color: GREY, weight: 1, opacity: 0.6, dashArray: "6 4" },
    "borders-0": { color: "#343a40", weight: 1.2, opacity: 0.7, dashArray: "2 4" },
  };
  const index = coverage.data("base/index");
  const drawn = new Map();
  let wholeZoom = null;

  if (!index || !index.layers.length || page.hasBaseMap) return { drawOn: () => {}, wholeIs: () => {}, about: () => "" };
  map.createPane(PANE).style.zIndex = 404;
  map.getPane(PANE).style.pointerEvents = "none";
  const renderer = L.canvas({ pane: PANE, padding: 0.3 });
  const own = { renderer, pane: PANE, interactive: false };

  function layerOf({ unit, water, lines }) {
    const shapes = water.map((rings) => rings.map((steps) => coverage.shapes.points(steps, unit)));
    const layers = shapes.length ? [L.polygon(shapes, { ...own, ...WATER })] : [];
    for (const [kind, parts] of Object.entries(lines)) {
      layers.push(L.polyline(parts.map((steps) => coverage.shapes.points(steps, unit)), { ...own, ...LINES[kind], fill: false }));
    }
    return L.layerGroup(layers);
  }

  async function bring(name) {
    if (drawn.has(name)) return;
    drawn.set(name, null);
    const level = await coverage.load(`base/${name}`);
    if (!level) return;
    drawn.set(name, layerOf(level));
    show();
  }

  const isNear = () => wholeZoom !== null && map.getZoom() >= wholeZoom + NEARER;

  function wanted() {
    if (!isNear()) return ["whole"];
    const view = map.getBounds();
    const tiles = index.tiles.filter((tile) => view.intersects(tile.bounds)).map((tile) => tile.name);
    for (const name of tiles) bring(name);
    return tiles.every((name) => drawn.get(name)) ? tiles : ["whole"];
  }

  function show() {
    const names = wanted();
    for (const [name, layer] of drawn) {
      if (!layer) continue;
      if (names.includes(name)) layer.addTo(map);
      else layer.remove();
    }
  }

  /* On a saved picture, as the map shows it. */
  function drawOn(context) {
    const spot = (at) => map.latLngToContainerPoint(at);
    function path(parts, isClosed) {
      context.beginPath();
      for (const part of parts) {
        part.forEach((at, place) => context[place ? "lineTo" : "moveTo"](spot(at).x, spot(at).y));
        if (isClosed) context.closePath();
      }
    }
    for (const group of drawn.values()) {
      for (const shape of group && map.hasLayer(group) ? group.getLayers() : []) {
        const isWater = shape instanceof L.Polygon;
        const { color, weight, opacity, fillColor, dashArray } = shape.options;
        path(isWater ? shape.getLatLngs().flat(1) : shape.getLatLngs(), isWater);
        if (isWater) Object.assign(context, { fillStyle: fillColor }).fill("evenodd");
        Object.assign(context, { strokeStyle: color, lineWidth: weight, globalAlpha: opacity || 1 });
        context.setLineDash(dashArray ? dashArray.split(" ").map(Number) : []);
        context.stroke();
        Object.assign(context, { globalAlpha: 1 }).setLineDash([]);
      }
    }
  }

  /* Which layers it is of, and which of these are not observed. */
  function about() {
    const named = (layers) => layers.map((layer) => text(`layer_${layer}`, {})).join(text("list_comma", {}));
    const synthetic = index.layers.filter((layer) => page.synthetic.includes(layer));
    return text(synthetic.length ? "base_map_synthetic" : "base_map_of", { layers: named(index.layers), synthetic: named(synthetic) });
  }

  map.on("moveend", show);
  bring("whole");
  const legends = document.querySelector(".legends:not(:has(.base-map))");
  const note = element("p", { class: "aside base-map" });
  if (legends) legends.append(element("div", { class: "legend" }, note));
  map.on("retold", () => { note.textContent = about(); });
  return { drawOn, wholeIs: (zoom) => { wholeZoom = zoom; show(); }, about };
};
