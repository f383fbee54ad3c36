/* What is known of one spot: its commune, the masts, hubs and payment points that are near, signal and minutes there. */
coverage.place = (function () {
  "use strict";

  const { page, element, text, said, name, digits, communes } = coverage;
  const NEAR_M = 15000;
  const MOST = 6;
  const MIN_M = 10;
  const READ = [["signal", "place_signal"], ["minutes_dry", "place_minutes_dry"], ["minutes_wet", "place_minutes_wet"]];

  /* "11.56, 104.92": degrees north and east with a point; null where it is no position. */
  function parse(typed) {
    const found = /^\s*([+-]?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$/.exec(typed || "");
    const [lat, lon] = found ? found.slice(1).map(Number) : [NaN, NaN];
    return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
  }

  const keyOf = ({ lat, lon }) => `${lat.toFixed(5)},${lon.toFixed(5)}`;
  const nameOf = ({ lat, lon }) => digits(`${lat.toFixed(5)}, ${lon.toFixed(5)}`);

  function isInRing(ring, { lat, lon }) {
    let isIn = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [[y, x], [v, u]] = [ring[i], ring[j]];
      if (y > lat !== v > lat && lon < ((u - x) * (lat - y)) / (v - y) + x) isIn = !isIn;
    }
    return isIn;
  }

  const isWithin = (polygons, at) => polygons.some((rings) => rings.reduce((isIn, ring) => isIn !== isInRing(ring, at), false));

  /* The commune of a position by the finer boundaries; null outside. */
  async function communeAt(at) {
    const whole = coverage.shapes.read(coverage.data("shapes"));
    const parts = new Set();
    for (const [row, polygons] of whole) {
      const [south, west, north, east] = coverage.shapes.boundsOf(polygons);
      const margin = 0.1 * Math.max(north - south, east - west);
      if (at.lat > south - margin && at.lat < north + margin && at.lon > west - margin && at.lon < east + margin) parts.add(communes.records[row].part);
    }
    for (const part of parts) {
      const level = await coverage.load(`shapes/${part}`);
      for (const [row, polygons] of level ? coverage.shapes.read(level) : []) if (isWithin(polygons, at)) return communes.records[row];
    }
    return null;
  }

  function distanceM(one, other) {
    return L.CRS.Earth.distance(L.latLng(one.lat, one.lon), L.latLng(other.lat, other.lon));
  }

  function lengthText(metres) {
    const rounded = metres < 1000 ? Math.max(Math.round(metres / MIN_M) * MIN_M, MIN_M) : 0;
    return rounded ? text("scale_m", { length: coverage.count(rounded) }) : text("scale_km", { length: digits((metres / 1000).toFixed(1)) });
  }

  const spotOf = (table, row) => ({ lat: table.lat[row] / 1e5, lon: table.lon[row] / 1e5 });

  function byDistance(table, at) {
    return table.lat.map((_, row) => ({ row, metres: distanceM(spotOf(table, row), at) })).sort((one, other) => one.metres - other.metres);
  }

  /* The nearest site of each operator. */
  function masts(sites, at) {
    const seen = new Set();
    const near = byDistance(sites, at).filter(({ row, metres }) => metres <= NEAR_M && !seen.has(sites.operator[row]) && seen.add(sites.operator[row]));
    return near.slice(0, MOST).map(({ row, metres }) => text("place_mast", {
      operator: sites.operators[sites.operator[row]] || text("place_operator_unknown", {}), site: sites.site[row], distance: lengthText(metres),
      technologies: (sites.technologies[sites.technology[row]] || "–").toUpperCase() }));
  }

  function nearest(table, at, unnamed) {
    const [first] = byDistance(table, at);
    if (!first) return null;
    const kind = name(table.kinds[table.kind[first.row]]) || unnamed;
    return text("place_nearest", { name: table.name[first.row] || kind, kind, distance: lengthText(first.metres) });
  }

  async function classAt(picture, at) {
    const tile = picture.tiles.find(({ bounds: [[south, west], [north, east]] }) => at.lat >= south && at.lat <= north && at.lon >= west && at.lon <= east);
    const image = tile && await coverage.load(`pictures/${picture.key}-${tile.name}`);
    if (!image) return null;
    const project = ([lat, lon]) => L.CRS.EPSG3857.project(L.latLng(lat, lon));
    const [low, high, here] = [...image.bounds, [at.lat, at.lon]].map(project);
    const column = Math.floor(((here.x - low.x) / (high.x - low.x)) * image.width);
    const row = Math.floor(((high.y - here.y) / (high.y - low.y)) * image.height);
    const classes = await coverage.unpacked(image.packed);
    const number = row >= 0 && row < image.height && column >= 0 && column < image.width ? classes[row * image.width + column] : 0;
    return number ? said(picture.legend[number - 1].said) : null;
  }

  const line = (title, value) => element("li", {}, element("b", {}, `${text(title, {})}${text("colon", {})}`), value || text("place_unknown", {}));

  /* Everything of a spot in lines, each said to be unknown where it is. */
  async function facts(at) {
    const has = (what) => page.lazy.includes(what);
    const [sites, hubs, payments] = await Promise.all(["sites", "hubs", "payments"].map((what) => (has(what) ? coverage.load(what) : null)));
    const pictures = has("pictures/index") ? await coverage.load("pictures/index") : [];
    const read = await Promise.all(READ.map(async ([key, title]) => {
      const picture = pictures.find((one) => one.key === key);
      return [title, picture ? await classAt(picture, at) : null];
    }));
    const near = sites ? masts(sites, at) : [];
    return [
      element("li", {}, element("b", {}, `${text("place_masts", {})}${text("colon", {})}`),
        near.length ? element("ul", {}, ...near.map((each) => element("li", {}, each))) : text(sites && sites.lat.length ? "place_no_mast" : "place_unknown", {})),
      ...read.slice(0, 1).map(([title, value]) => line(title, value)),
      line("place_hub", hubs && nearest(hubs, at, text("hub", {}))), ...read.slice(1).map(([title, value]) => line(title, value)),
      line("place_payment", payments && nearest(payments, at, "")),
    ];
  }

  /* Shown in a section of the panel; `isStill` tells whether the reader still asks for it when all has come. */
  async function show(section, at, isStill) {
    const record = await communeAt(at);
    const lines = await facts(at);
    if (!isStill()) return null;
    const close = element("button", { type: "button", class: "close", "aria-label": text("close", {}) }, "×");
    close.addEventListener("click", () => coverage.address.change({ spot: "" }));
    const where = record ? [communes.nameOf(record), communes.placeName(record.district), communes.placeName(record.province)].filter(Boolean).join(" · ") : text("outside", {});
    section.hidden = false;
    section.replaceChildren(close, element("header", {}, element("h2", {}, text("place_title", { at: nameOf(at) })), element("p", { class: "aside" }, where)),
      element("ul", { class: "facts" }, ...lines), element("p", { class: "aside" }, text("place_about", {})));
    return record;
  }

  return { parse, keyOf, nameOf, show, communeAt };
})();
