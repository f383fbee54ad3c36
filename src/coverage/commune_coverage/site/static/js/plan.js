/* A plan on a Folium map: the gap at the end of the chosen year, what stands by then, and what is built in it. */
coverage.showPlan = function (map) {
  "use strict";

  const { page, element, text, communes, address, people, digits } = coverage;
  const STEP = 50;
  const sites = coverage.data("plan-sites");
  const layers = new Map(page.view.layers.map((layer) => [layer.column, layer]));
  const slider = document.getElementById("year");
  const without = document.getElementById("without");
  const more = document.getElementById("plan-more");
  const drawn = coverage.communesOn(map, (record) => address.change({ commune: record ? record.code : "" }));
  const canvas = L.canvas({ padding: 0.3, tolerance: 4, pane: "points" });
  const marks = L.featureGroup();
  let most = STEP;

  map.createPane("points").style.zIndex = 440;

  const year = () => Number(slider.value);
  const theme = () => document.querySelector("[name=theme]:checked").value;
  const kindOf = (row) => text(`plan_kind_${sites.kinds[sites.kind[row]]}`, {});
  const isTower = (row) => ["upgrade", "share", "build", "build_locker", "fibre"].includes(sites.kinds[sites.kind[row]]);
  const at = (row) => [sites.lat[row] / 1e5, sites.lon[row] / 1e5];
  const operatorOf = (row) => (sites.operator[row] === null ? "" : sites.operators[sites.operator[row]]);
  const whereOf = (row) => {
    const record = communes.records[sites.commune[row]];
    return record ? [communes.nameOf(record), communes.placeName(record.province)].filter(Boolean).join(" · ") : "";
  };
  const money = (value) => digits(value.toLocaleString("en-US"));

  function tooltip({ row }) {
    return element("div", {}, element("b", {}, kindOf(row)), element("span", { class: "aside" }, whereOf(row)),
      ...[operatorOf(row), sites.place[row], text("plan_year", { year: sites.year[row] }), text("serves_people", { people: people(sites.people[row]) })]
        .filter(Boolean).map((fact) => element("span", {}, fact)));
  }

  function mark(row) {
    const isNew = sites.year[row] === year();
    const shape = L.circleMarker(at(row), {
      renderer: canvas, radius: isNew ? 6 : 4, weight: isNew ? 2 : 1, color: isNew ? "#000000" : "#ffffff", fillOpacity: 1,
      fillColor: isTower(row) ? "#08519c" : "#a63603",
    });
    shape.row = row;
    return shape;
  }

  function entry(row) {
    const name = element("button", { type: "button", class: "name" }, kindOf(row));
    name.addEventListener("click", () => map.setView(at(row), Math.max(map.getZoom(), wholeZoom + 3)));
    return element("tr", {}, element("th", { scope: "row" }, name, element("small", {}, [operatorOf(row), sites.place[row], whereOf(row)].filter(Boolean).join(" · "))),
      element("td", { class: "number" }, people(sites.people[row])), element("td", { class: "number" }, money(sites.capital[row])));
  }

  function show() {
    const layer = layers.get(`${theme()}_${without.checked ? "without" : year()}_gap_share`);
    const rows = sites.year.map((_, row) => row).filter((row) => !without.checked && sites.year[row] <= year());
    const built = rows.filter((row) => sites.year[row] === year()).sort((one, other) => sites.people[other] - sites.people[one]);
    drawn.paint(layer);
    coverage.legend.show(layer, drawn.hasMarks);
    marks.clearLayers();
    for (const row of rows) marks.addLayer(mark(row));
    document.getElementById("year-said").textContent = digits(String(year()));
    document.getElementById("plan-title").textContent = text("plan_built_in", { year: year() });
    document.getElementById("plan-count").textContent = !built.length ? text("plan_none_in", { year: year() }) : text("points_count", { shown: coverage.count(Math.min(most, built.length)), count: coverage.count(built.length) });
    const table = document.getElementById("plan-table");
    table.caption.textContent = text("plan_sites_title", {});
    table.hidden = !built.length;
    table.tHead.replaceChildren(element("tr", {}, ...["plan_sites_title", "plan_served", "plan_cost"].map((key, place) =>
      element("th", { scope: "col", class: place ? "number" : null }, text(key, {})))));
    table.tBodies[0].replaceChildren(...built.slice(0, most).map(entry));
    more.hidden = built.length <= most;
    more.textContent = text("ranking_more", {});
  }

  function choose(record) {
    const section = document.getElementById("chosen");
    drawn.choose(record);
    if (!record) {
      section.replaceChildren(element("p", { class: "hint" }, text("plan_hint", {})));
      return;
    }
    const said = (when) => {
      const share = communes.figure(record, `${theme()}_${when}_gap_share`);
      return share === null ? "–" : coverage.share(share);
    };
    section.replaceChildren(element("header", {}, element("h2", {}, communes.nameOf(record)), element("p", { class: "aside" }, communes.placeName(record.province))),
      element("p", {}, text("plan_commune", { gap: [`${theme()}_title`], without: said("without"), year: year(), share: said(year()) })));
  }

  marks.bindTooltip(tooltip, { sticky: true, className: "commune-tooltip" }).addTo(map);
  L.control.zoom({ position: "bottomright", zoomInText: "+", zoomOutText: "−" }).addTo(map);
  coverage.addScale(map);
  const all = drawn.all();
  if (all.isValid()) map.fitBounds(all, { padding: [12, 12], animate: false });
  const wholeZoom = map.getZoom();
  drawn.wholeIs(wholeZoom);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());

  const chosen = () => communes.byCode.get(address.state().commune);
  const again = () => { most = STEP; show(); choose(chosen()); };
  slider.addEventListener("input", again);
  without.addEventListener("change", again);
  for (const choice of document.querySelectorAll("[name=theme]")) choice.addEventListener("change", again);
  more.addEventListener("click", () => { most += 4 * STEP; show(); });
  document.getElementById("whole").addEventListener("click", () => { if (all.isValid()) map.fitBounds(all, { padding: [12, 12] }); });
  coverage.search.start((parts) => address.change(parts));
  address.follow(() => {
    coverage.nameControls(map);
    drawn.labels.tell();
    show();
    const record = chosen();
    choose(record);
    if (record) map.fitBounds(drawn.boundsOf([record]), { maxZoom: wholeZoom + 3, padding: [60, 60] });
  });
};
