/* Names on the map by rank: capital, seats of provinces and provinces, towns, communes; none over another. */
coverage.mapLabels = function (map, outlines, middleOf) {
  "use strict";

  const { communes, element } = coverage;
  const [CAPITAL, SEAT, TOWN, COMMUNE] = [0, 1, 2, 3];
  const MOST = 60;
  const NEARER = 1.4;
  const GAP = 5;
  const SIZES = { 0: 14, 1: 13, 2: 12, 3: 11 };
  const index = coverage.data("base/index");
  const group = L.layerGroup().addTo(map);
  const context = document.createElement("canvas").getContext("2d");
  let wholeZoom = null;
  let kept = [];

  const rankOf = new Map();
  for (const [rank, rows] of Object.entries(index ? index.ranks : {})) for (const row of rows) rankOf.set(row, Number(rank));

  /* A province without a seat that is named has its own name in its middle. */
  const seated = new Set([...rankOf].filter(([, rank]) => rank <= SEAT).map(([row]) => communes.records[row].province));
  const provinces = outlines.filter(({ place }) => !seated.has(place)).map(({ place, label, lines }) => {
    const [south, west, north, east] = coverage.shapes.boundsOf(lines.map((line) => [line]));
    return { rank: SEAT, isProvince: true, at: label, weight: (north - south) * (east - west), said: () => communes.placeName(place), place };
  });

  function placeOf(record) {
    const at = index && index.at[record.number];
    return at ? at.map((value) => value / index.unit) : middleOf(record);
  }

  const named = communes.records.map((record) => ({
    rank: rankOf.has(record.number) ? rankOf.get(record.number) : COMMUNE, at: placeOf(record), record,
    weight: communes.figure(record, "people") || 0, said: () => communes.nameOf(record),
  })).filter(({ at }) => at);
  const all = [...provinces, ...named].sort((one, other) => one.rank - other.rank || other.weight - one.weight);

  const isNear = () => wholeZoom !== null && map.getZoom() >= wholeZoom + NEARER;

  /* What a name takes on the screen, by the letters that it is written in. */
  function boxOf({ at, rank, said }) {
    const [{ x, y }, words] = [map.latLngToContainerPoint(at), said()];
    context.font = `700 ${SIZES[rank]}px ${getComputedStyle(document.documentElement).fontFamily}`;
    const [width, height] = [context.measureText(words).width, SIZES[rank] * (coverage.language() === "km" ? 1.9 : 1.4)];
    return { left: x - width / 2 - GAP, right: x + width / 2 + GAP, top: y - height / 2, bottom: y + height / 2 };
  }

  const touch = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  /* The legend and the buttons lie over the map. */
  function covered() {
    const frame = map.getContainer().getBoundingClientRect();
    const legends = [...document.querySelectorAll(".map-frame .legend:not([hidden])")].filter((node) => getComputedStyle(node.parentNode).position === "absolute");
    const over = [...legends, ...map.getContainer().querySelectorAll(".leaflet-control")];
    return over.map((node) => node.getBoundingClientRect()).map((box) => ({
      left: box.left - frame.left, right: box.right - frame.left, top: box.top - frame.top, bottom: box.bottom - frame.top }));
  }

  function chosen() {
    const view = map.getBounds();
    const boxes = covered();
    const found = [];
    const deepest = isNear() ? COMMUNE : TOWN;
    for (const each of all) {
      if (each.rank > deepest || found.length >= MOST) break;
      if (!view.contains(each.at)) continue;
      const box = boxOf(each);
      if (each.rank !== CAPITAL && boxes.some((other) => touch(box, other))) continue;
      boxes.push(box);
      found.push(each);
    }
    return found;
  }

  function write() {
    kept = chosen();
    group.clearLayers();
    for (const each of kept) {
      const kind = `place-label rank-${each.rank}${each.isProvince ? " province-label" : ""}`;
      const icon = L.divIcon({ className: kind, html: element("span", {}, each.said()), iconSize: null });
      L.marker(each.at, { icon, interactive: false, keyboard: false }).addTo(group);
    }
  }

  /* Once a frame is enough, but paper does not wait for a frame. */
  let isWaiting = false;
  function writeSoon() {
    if (document.body.classList.contains("printing")) return write();
    if (isWaiting) return undefined;
    isWaiting = true;
    return requestAnimationFrame(() => {
      isWaiting = false;
      write();
    });
  }

  map.on("moveend resize", writeSoon);
  if (document.fonts) document.fonts.ready.then(writeSoon);
  return { tell: writeSoon, wholeIs: (zoom) => { wholeZoom = zoom; writeSoon(); },
           shown: () => kept.map((each) => ({ at: each.at, said: each.said(), size: SIZES[each.rank], rank: each.rank })) };
};
