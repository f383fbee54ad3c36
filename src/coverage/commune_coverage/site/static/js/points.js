/* Towers and hubs on a Folium map, what each serves, and a table of them. */
coverage.showPoints = function (map) {
  "use strict";

  const { element, text, communes, address, people } = coverage;
  const STEP = 50;
  const KINDS = ["sites", "hubs"];
  const COLORS = { sites: "#08519c", hubs: "#a63603" };
  const drawn = coverage.communesOn(map, () => {});
  const tables = Object.fromEntries(KINDS.map((kind) => [kind, coverage.data(kind)]));
  const canvas = L.canvas({ padding: 0.3, tolerance: 4, pane: "points" });
  const footprint = L.layerGroup().addTo(map);
  const layers = {};
  let kind = KINDS[0];
  let most = STEP;

  map.createPane("points").style.zIndex = 440;
  drawn.blank(true);
  drawn.group.unbindTooltip();

  const rowsOf = (which) => tables[which].lat.map((_, row) => row);
  const at = (which, row) => [tables[which].lat[row] / 1e5, tables[which].lon[row] / 1e5];
  const kindOf = (which, row) => (which === "sites" ? tables.sites.operators[tables.sites.operator[row]] : coverage.name(tables.hubs.kinds[tables.hubs.kind[row]])) || "";
  const whereOf = (which, row) => {
    const record = communes.records[tables[which].commune[row]];
    return record ? [communes.nameOf(record), communes.placeName(record.province)].filter(Boolean).join(" · ") : text("outside", {});
  };

  function nameOf(which, row) {
    if (which === "sites") return text("site_name", { number: tables.sites.site[row] });
    return tables.hubs.name[row] || kindOf(which, row) || text("hub", {});
  }

  function factsOf(which, row) {
    const table = tables[which];
    const served = table.people[row] === null ? "" : text("serves_people", { people: people(table.people[row]) });
    if (which === "sites") return [kindOf(which, row), (table.technologies[table.technology[row]] || "").toUpperCase(), text("cells_count", { cells: table.cells[row] }), served];
    const load = table.load[row] === null ? "" : text("hub_load", { share: coverage.share(table.load[row] / 10000) });
    return [kindOf(which, row), load, served];
  }

  function marker(which, row) {
    const isSite = which === "sites";
    const shape = L.circleMarker(at(which, row), {
      renderer: canvas, radius: isSite ? 3 : 6, weight: isSite ? 0.7 : 1.5, color: "#ffffff", fillOpacity: 1,
      fillColor: COLORS[which],
    });
    shape.row = row;
    return shape;
  }

  function tooltip(which) {
    return ({ row }) => element("div", {}, element("b", {}, nameOf(which, row)), element("span", { class: "aside" }, whereOf(which, row)),
      ...factsOf(which, row).filter(Boolean).map((fact) => element("span", {}, fact)));
  }

  for (const which of KINDS) {
    layers[which] = L.featureGroup(rowsOf(which).map((row) => marker(which, row)));
    layers[which].bindTooltip(tooltip(which), { sticky: true, className: "commune-tooltip" });
    layers[which].on("click", (event) => address.change({ point: `${which}-${event.layer.row}` }));
  }

  /* On a picture of the map: what is chosen serves, then the points of the layers that are shown. */
  function drawPoints(context) {
    const spot = (at) => map.latLngToContainerPoint(at);
    for (const shape of footprint.getLayers().filter((each) => each instanceof L.Polygon)) {
      context.beginPath();
      for (const ring of shape.getLatLngs().flat(1)) {
        ring.forEach((at, place) => context[place ? "lineTo" : "moveTo"](spot(at).x, spot(at).y));
        context.closePath();
      }
      context.globalAlpha = 0.25;
      context.fillStyle = shape.options.color;
      context.fill("evenodd");
      context.globalAlpha = 1;
    }
    for (const which of KINDS.filter((each) => map.hasLayer(layers[each]))) {
      for (const shape of layers[which].getLayers()) {
        context.beginPath();
        context.arc(spot(shape.getLatLng()).x, spot(shape.getLatLng()).y, shape.options.radius, 0, 2 * Math.PI);
        context.fillStyle = COLORS[which];
        context.fill();
        context.strokeStyle = "#ffffff";
        context.lineWidth = shape.options.weight;
        context.stroke();
      }
    }
  }

  /* A site's footprint is the area that its users are spread over, a hub's the communes that mostly turn to it. */
  function footprintOf(which, row) {
    const style = { color: COLORS[which], weight: 2, fillOpacity: 0.25, interactive: false };
    if (which === "sites") {
      const hull = tables.sites.hull[row];
      return hull ? [L.polygon(coverage.shapes.read({ rows: [0], shapes: [[[hull]]], unit: 1e4 }).get(0), style)] : [];
    }
    return tables.hubs.communes[row].map((number) => L.polygon(drawn.polygonsOf(communes.records[number]), style));
  }

  function choose(point) {
    const [which, row] = point ? [point.split("-")[0], Number(point.split("-")[1])] : ["", -1];
    const section = document.getElementById("chosen");
    footprint.clearLayers();
    if (!KINDS.includes(which) || !(row < tables[which].lat.length)) {
      section.replaceChildren(element("p", { class: "hint" }, text("point_hint", {})));
      return;
    }
    const shapes = footprintOf(which, row);
    for (const shape of shapes) footprint.addLayer(shape);
    footprint.addLayer(L.circleMarker(at(which, row), { radius: 9, color: "#000", weight: 3, fillColor: "#fff", fillOpacity: 1, interactive: false, pane: "points" }));
    const bounds = L.latLngBounds([at(which, row)]);
    for (const shape of shapes) bounds.extend(shape.getBounds());
    map.fitBounds(bounds, { maxZoom: Math.max(map.getZoom(), wholeZoom + 3), padding: [60, 60] });
    const close = element("button", { type: "button", class: "close", "aria-label": text("close", {}) }, "×");
    close.addEventListener("click", () => address.change({ point: "" }));
    section.replaceChildren(close, element("header", {}, element("h2", {}, nameOf(which, row)), element("p", { class: "aside" }, whereOf(which, row))),
      ...factsOf(which, row).filter(Boolean).map((fact) => element("p", {}, fact)),
      element("p", { class: "aside" }, text(shapes.length ? `footprint_${which}` : "footprint_none", {})));
  }

  coverage.keys.roving(document.getElementById("points-table"), ".name");
  const filter = document.getElementById("points-filter");
  const more = document.getElementById("points-more");

  function found() {
    const wanted = coverage.search.plain(filter.value);
    const value = (row) => tables[kind].people[row] ?? -1;
    return rowsOf(kind).filter((row) => !wanted || [nameOf(kind, row), kindOf(kind, row), whereOf(kind, row)].some((key) => coverage.search.plain(key).includes(wanted)))
      .sort((one, other) => value(other) - value(one));
  }

  function row(number) {
    const name = element("button", { type: "button", class: "name" }, nameOf(kind, number));
    name.addEventListener("click", () => address.change({ point: `${kind}-${number}` }));
    const value = tables[kind].people[number];
    return element("tr", {}, element("th", { scope: "row" }, name, element("small", {}, whereOf(kind, number))),
      element("td", {}, factsOf(kind, number).slice(0, 2).filter(Boolean).join(" · ")), element("td", { class: "number" }, value === null ? "–" : people(value)));
  }

  function show() {
    const rows = found();
    const table = document.getElementById("points-table");
    table.caption.textContent = text(`points_${kind}`, {});
    table.tHead.replaceChildren(element("tr", {}, ...[`points_${kind}`, "points_facts", "people_served"].map((key, place) =>
      element("th", { scope: "col", class: place === 2 ? "number" : null }, text(key, {})))));
    table.tBodies[0].replaceChildren(...rows.slice(0, most).map(row));
    more.hidden = rows.length <= most;
    more.textContent = text("ranking_more", {});
    document.getElementById("points-count").textContent = text("points_count", { shown: coverage.count(Math.min(most, rows.length)), count: coverage.count(rows.length) });
    document.getElementById("legend").replaceChildren(element("h2", {}, text("tab_sites", {})), element("ul", {},
      ...KINDS.map((which) => element("li", {}, coverage.dot(COLORS[which]), element("span", {}, `${text(`points_${which}`, {})} (${coverage.count(tables[which].lat.length)})`)))));
  }

  L.control.zoom({ position: "bottomright", zoomInText: "+", zoomOutText: "−" }).addTo(map);
  coverage.addScale(map);
  const all = drawn.all();
  if (all.isValid()) map.fitBounds(all, { padding: [12, 12], animate: false });
  const wholeZoom = map.getZoom();
  drawn.wholeIs(wholeZoom);
  drawn.paint(null);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  for (const box of document.querySelectorAll("#layer-choices input")) {
    const draw = () => (box.checked ? layers[box.value].addTo(map) : layers[box.value].remove());
    box.addEventListener("change", draw);
    draw();
  }
  for (const choice of document.querySelectorAll("[name=kind]")) {
    choice.addEventListener("change", () => { kind = choice.value; most = STEP; show(); });
  }
  filter.addEventListener("input", () => { most = STEP; show(); });
  more.addEventListener("click", () => { most += 4 * STEP; show(); });
  document.getElementById("whole").addEventListener("click", () => { address.change({ point: "" }); if (all.isValid()) map.fitBounds(all, { padding: [12, 12] }); });
  document.getElementById("points-csv").addEventListener("click", () => coverage.savePoints(kind, tables[kind], found()));
  document.getElementById("png").addEventListener("click", () => coverage.savePicture([{ map, drawn, over: drawPoints }], {
    title: text("tab_sites", {}), about: "", entries: KINDS.map((which) => ({ fill: COLORS[which], said: text(`points_${which}`, {}) })),
  }));
  coverage.printMaps([map], all);
  coverage.search.start((parts) => address.change(parts));
  address.follow((state, before) => {
    coverage.nameControls(map);
    drawn.labels.tell();
    show();
    choose(state.point);
    const place = communes.placeByKey.get(state.place);
    const record = communes.byCode.get(state.commune);
    drawn.choose(record || null);
    const near = record ? [record] : place ? communes.records.filter((each) => communes.isWithin(each, place)) : [];
    if (near.length && (state.commune !== before.commune || state.place !== before.place)) map.fitBounds(drawn.boundsOf(near), { padding: [40, 40] });
  });
};
