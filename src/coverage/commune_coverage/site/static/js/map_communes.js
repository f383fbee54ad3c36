/* The communes on a Folium map: shapes, colours, what is pointed at and chosen, provinces, and more detail nearer by. */
coverage.communesOn = function (map, onPick, isLight) {
  "use strict";

  const { communes, shapes, element, detail } = coverage;
  const MANY = 4000;
  const NEARER = 1.4;
  const LINE = { color: "#ffffff", weight: 0.6, fillOpacity: coverage.page.hasBaseMap ? 0.75 : 1 };
  const [BLANK, EDGE] = ["#f8f9fa", "#ced4da"];
  const PROVINCE = { color: "#495057", weight: 1.1, interactive: false };
  const data = coverage.data("shapes");
  const whole = shapes.read(data);
  const provinces = shapes.outlines(data);
  const drawn = new Map();
  const near = new Set();
  let layer = null;
  let isBlank = false;
  let wholeZoom = null;

  for (const [name, zIndex] of [["lines", 410], ["marks", 430]]) {
    map.createPane(name).style.zIndex = zIndex;
    map.getPane(name).style.pointerEvents = "none";
  }
  const isMany = isLight === true || communes.records.length > MANY;
  const own = isMany ? L.canvas({ padding: 0.3 }) : L.svg({ padding: 0.3 });
  const lines = L.svg({ pane: "lines", padding: 0.3 });
  const marks = L.svg({ pane: "marks", padding: 0.3 });
  const group = L.featureGroup();
  const pointed = mark({ color: "#212529", weight: 2, fill: false });
  const casing = mark({ color: "#ffffff", weight: 6, fill: false });
  const chosen = mark({ color: "#000000", weight: 3, fill: false });

  function middle(shape) {
    const { lat, lng } = shape.getBounds().getCenter();
    return [lat, lng];
  }

  function mark(style) {
    return L.polygon([], { ...style, renderer: marks, interactive: false, smoothFactor: 0 }).addTo(map);
  }

  for (const record of communes.records) {
    const polygons = whole.get(record.number) || [];
    if (!polygons.length) continue;
    const shape = L.polygon(polygons, { ...LINE, renderer: own, smoothFactor: isMany ? 0.5 : 0 });
    shape.record = record;
    drawn.set(record.number, shape);
    group.addLayer(shape);
  }
  for (const { lines: parts } of provinces) L.polyline(parts, { ...PROVINCE, renderer: lines, smoothFactor: 0 }).addTo(map);
  const base = coverage.baseMap(map);
  const middleOf = (record) => (drawn.has(record.number) ? middle(drawn.get(record.number)) : null);
  const labels = coverage.mapLabels(map, provinces, middleOf);

  /* Leaflet's canvas fills with whatever a canvas can be filled with: patterns of SVG are drawn for it once. */
  const patterns = coverage.patterns;
  const fillFor = (fill) => (isMany ? patterns.canvasFill(fill) : fill);

  function fillOf(record) {
    return isBlank ? BLANK : layer.legend[communes.classOf(record, layer)].fill;
  }

  const edge = () => (isBlank ? EDGE : LINE.color);

  /* The first time the communes are put on the map: by then it has its place and they have their colours. */
  function paint(next) {
    layer = next;
    for (const shape of drawn.values()) shape.setStyle({ fillColor: fillFor(fillOf(shape.record)), color: edge() });
    if (map.hasLayer(group)) return;
    group.addTo(map);
    /* The map is one stop of the Tab key: its shapes are none, nor are its buttons, which have keys. */
    for (const shape of drawn.values()) shape.getElement()?.setAttribute("tabindex", "-1");
  }

  /* Without colours, for what is drawn over the communes. */
  function blank(isWanted) {
    isBlank = isWanted;
    if (layer) paint(layer);
  }

  function tooltip({ record }) {
    return element("div", {}, element("b", {}, communes.nameOf(record)),
      element("span", { class: "aside" }, communes.placeName(record.district)),
      element("span", {}, detail.layerText(record, layer)));
  }

  const latLngs = (record) => (record && drawn.has(record.number) ? drawn.get(record.number).getLatLngs() : []);

  function point(record) {
    pointed.setLatLngs(latLngs(record));
  }

  function choose(record) {
    for (const outline of [casing, chosen]) outline.setLatLngs(latLngs(record));
    if (record) keys.startAt(record);
    return Boolean(record && drawn.has(record.number));
  }

  function boundsOf(records) {
    const found = L.latLngBounds([]);
    for (const record of records) if (drawn.has(record.number)) found.extend(drawn.get(record.number).getBounds());
    return found;
  }

  /* Nearer than the whole country, boundaries are replaced by finer ones as parts of the country come into view. */
  const partBounds = new Map();
  for (const shape of drawn.values()) {
    const { part } = shape.record;
    if (!partBounds.has(part)) partBounds.set(part, L.latLngBounds([]));
    partBounds.get(part).extend(shape.getBounds());
  }

  async function refine() {
    if (wholeZoom === null || map.getZoom() < wholeZoom + NEARER) return;
    const view = map.getBounds();
    for (const [part, bounds] of partBounds) {
      if (near.has(part) || !view.intersects(bounds)) continue;
      near.add(part);
      const level = await coverage.load(`shapes/${part}`);
      if (!level) continue;
      for (const [row, polygons] of shapes.read(level)) if (drawn.has(row)) drawn.get(row).setLatLngs(polygons);
    }
    const record = communes.byCode.get(coverage.address.state().commune);
    if (record) choose(record);
  }

  /* Pointed at by the keyboard: the outline, and what a pointer would be told. */
  const hint = L.tooltip({ className: "commune-tooltip", direction: "top" });
  function pointAt(record, at) {
    point(record);
    if (!record || !layer) hint.remove();
    else hint.setLatLng(at).setContent(tooltip({ record })).addTo(map);
  }

  const places = [...drawn.values()].map((shape) => ({ record: shape.record, at: middle(shape) }));
  const keys = coverage.keys.ofMap(map, {
    places, point: pointAt, pick: (record) => onPick(record, null, true),
    tell: (record) => [communes.nameOf(record), layer && detail.layerText(record, layer)].filter(Boolean).join(coverage.text("colon", {})),
  });

  group.bindTooltip(tooltip, { sticky: true, className: "commune-tooltip" });
  group.on("mouseover", (event) => point(event.layer.record));
  group.on("mouseout", () => point(null));
  group.on("click", (event) => onPick(event.layer.record, event.latlng));
  map.on("moveend", refine);

  const mapMarks = [...drawn.values()].filter((shape) => communes.isChallenged(shape.record)).map((shape) => {
    const icon = L.divIcon({ className: "challenge-mark", html: element("span", { "aria-hidden": "true" }, "◆"), iconSize: null });
    return L.marker(shape.getCenter(), { icon, interactive: false, keyboard: false }).addTo(map);
  });

  return { paint, blank, point, choose, boundsOf, fillOf, edge, labels, provinces, hasMarks: mapMarks.length > 0,
           polygonsOf: (record) => latLngs(record), all: () => group.getBounds(), group,
           isSeen: (record) => drawn.has(record.number) && map.getBounds().intersects(drawn.get(record.number).getBounds()),
           base, wholeIs: (zoom) => {
             wholeZoom = zoom;
             base.wholeIs(zoom);
             labels.wholeIs(zoom);
           } };
};

/* Leaflet's own buttons and the map itself, named in the reader's language. */
coverage.nameControls = function (map) {
  "use strict";

  const { text } = coverage;
  const container = map.getContainer();
  for (const [selector, key] of [[".leaflet-control-zoom-in", "zoom_in"], [".leaflet-control-zoom-out", "zoom_out"]]) {
    const button = container.querySelector(selector);
    if (!button) continue;
    button.title = text(key, {});
    button.setAttribute("aria-label", button.title);
  }
  container.setAttribute("aria-label", text("map_label", {}));
  container.setAttribute("role", "application");
  map.fire("retold");
};

/* A bar of 1, 2 or 5 times a power of ten, at most so many pixels long, its length in the reader's units. */
coverage.addScale = function (map) {
  "use strict";

  const MAX_WIDTH_PX = 100;
  const { element, text, count } = coverage;
  const bar = element("div", { class: "leaflet-control-scale-line" });
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => element("div", { class: "leaflet-control-scale leaflet-control" }, bar);

  function tell() {
    const middle = map.getSize().y / 2;
    const most_m = map.distance(...[0, MAX_WIDTH_PX].map((x) => map.containerPointToLatLng([x, middle])));
    if (!(most_m > 0)) return;
    const power = 10 ** Math.floor(Math.log10(most_m));
    const long_m = power * [5, 2, 1].find((step) => step * power <= most_m);
    bar.style.width = `${Math.round((MAX_WIDTH_PX * long_m) / most_m)}px`;
    bar.textContent = long_m < 1000 ? text("scale_m", { length: count(long_m) }) : text("scale_km", { length: count(long_m / 1000) });
  }

  control.addTo(map);
  map.on("moveend resize retold", tell);
  map.whenReady(tell);
};
