/* One commune's page: figures with low and high, doubts, trend, nearest hub and servers, and its district beside it. */
(function () {
  "use strict";

  const { page, element, drawn, text, people, share, communes, address, detail } = coverage;
  const main = document.getElementById("commune");
  const SIZE = 320;

  function neighbours(record) {
    const isNear = record.district === null ? (other) => other === record : (other) => other.district === record.district;
    return communes.records.filter(isNear);
  }

  /* The district's communes as shapes, this one outlined. */
  function locator(record, theme) {
    const shapes = new Map(neighbours(record).map((each) => [each, boundaries.get(each.number) || []]).filter(([, polygons]) => polygons.length));
    if (!shapes.size) return null;
    const bounds = [...shapes.values()].map(coverage.shapes.boundsOf);
    const [south, west, north, east] = [0, 1, 2, 3].map((place) => (place < 2 ? Math.min : Math.max)(...bounds.map((each) => each[place])));
    const flat = Math.cos((((south + north) / 2) * Math.PI) / 180);
    const scale = (SIZE - 16) / Math.max((east - west) * flat, north - south);
    const [width, height] = [(east - west) * flat * scale + 16, (north - south) * scale + 16];
    const path = (polygons) => polygons.flat().map((ring) => ring.map(([lat, lon], place) =>
      `${place ? "L" : "M"}${((lon - west) * flat * scale + 8).toFixed(1)} ${((north - lat) * scale + 8).toFixed(1)}`).join("") + "Z").join("");
    const parts = [...shapes].map(([each, polygons]) => drawn("path", { d: path(polygons), fill: theme.layer.legend[communes.classOf(each, theme.layer)].fill, class: "commune-shape" }));
    const own = shapes.has(record) ? [drawn("path", { d: path(shapes.get(record)), class: "own casing" }), drawn("path", { d: path(shapes.get(record)), class: "own" })] : [];
    return drawn("svg", { class: "locator", viewBox: `0 0 ${width.toFixed(0)} ${height.toFixed(0)}`, role: "img", "aria-label": text("locator", { district: communes.placeName(record.district) }) }, ...parts, ...own);
  }

  function sums(records, theme) {
    const known = records.filter((each) => communes.isGraded(each, theme));
    const total = (column) => known.reduce((sum, each) => sum + (communes.figure(each, column) || 0), 0);
    return { gap: total(theme.people_column), people: total("people") };
  }

  function district(record, theme) {
    const near = neighbours(record);
    const ranked = near.filter((each) => communes.isGraded(each, theme))
      .sort((one, other) => communes.figure(other, theme.share_column) - communes.figure(one, theme.share_column));
    const { gap, people: total } = sums(near, theme);
    const rows = ranked.map((each) => {
      const value = communes.figure(each, theme.share_column);
      const bar = drawn("svg", { class: "share-bar", width: "100%", height: 12, "aria-hidden": "true" },
        drawn("rect", { width: `${(value * 100).toFixed(1)}%`, height: 12, class: each === record ? "own" : "other" }));
      const name = each === record ? element("b", {}, communes.nameOf(each)) : element("a", { href: address.link("commune.html", each.code) }, communes.nameOf(each));
      return element("tr", { "aria-current": each === record ? "true" : null }, element("th", { scope: "row" }, name), element("td", { class: "number" }, people(communes.figure(each, theme.people_column))), element("td", { class: "number" }, share(value)), element("td", { class: "bar-cell" }, bar));
    });
    const place = ranked.indexOf(record) + 1;
    const told = place && total ? text("district_told", { place, count: ranked.length, share: share(gap / total), district: communes.placeName(record.district) }) : "";
    return element("div", { class: "district" }, element("p", {}, told),
      element("table", { class: "district-table" }, element("caption", { class: "unseen" }, text("district_compare", {})),
        element("thead", {}, element("tr", {}, ...["column_commune", "column_people_in_gap", "column_share"].map((key, number) => element("th", { scope: "col", class: number ? "number" : null }, text(key, {}))), element("td"))),
        element("tbody", {}, ...rows)));
  }

  function hubs(record) {
    const found = communes.partFact(record, "hub");
    if (!found) return null;
    const [name, kind, part, minutes] = found;
    return element("p", {}, text("nearest_hub", { hub: name || coverage.name(kind), share: share(part / 10000), minutes: minutes === null ? "–" : coverage.count(minutes) }));
  }

  function servers(record) {
    const found = communes.partFact(record, "servers");
    if (!found || !found.length) return null;
    const lines = found.map(([operator, site, served, technologies]) => element("li", {}, text("server_line", { operator, site, people: people(served), technologies: technologies.toUpperCase() })));
    return element("div", {}, element("p", {}, text("served_by", {})), element("ul", { class: "servers" }, ...lines));
  }

  function theme(record, each, trend) {
    const values = trend && trend.figures[each.people_column] ? trend.figures[each.people_column][trend.rows.indexOf(record.number)] : null;
    if (each.absent) return element("section", { class: `card theme-${each.key}`, id: each.key }, element("h3", {}, text(`${each.key}_title`, {})), ...detail.headline(record, each));
    const poor = communes.evidenceOf(record, each.key) === "data-poor";
    return element("section", { class: `card theme-${each.key}`, id: each.key }, ...[
      element("h3", {}, text(`${each.key}_title`, {})), ...detail.headline(record, each), poor ? null : detail.band(record, each),
      element("p", { class: "to-map" }, element("a", { href: address.link(`${each.key}.html`, record.code) }, text("see_map", {}))),
      values ? coverage.trend.show(trend.updates, values) : null, detail.evidence(record, each, "h4"),
      each.key === "delivery" ? hubs(record) : each.key === "internet" ? servers(record) : null,
      element("details", {}, element("summary", {}, text("all_figures", {})), detail.figures(record, each)),
      element("details", { open: "" }, element("summary", {}, text("district_compare", {})), locator(record, each), district(record, each)),
    ].filter(Boolean));
  }

  function draw(record, trend) {
    main.replaceChildren(...[
      element("div", { class: "commune-head" }, detail.heading(record), detail.rank(record), detail.challenge(record)),
      element("div", { class: "cards" }, ...page.themes.map((each) => theme(record, each, trend))),
    ].filter(Boolean));
    coverage.titled(communes.nameOf(record));
  }

  function nothing(code) {
    main.replaceChildren(element("h2", {}, text(code ? "commune_unknown" : "commune_none", { code: code || "" })), element("p", {}, text("commune_hint", {})));
  }

  const boundaries = coverage.shapes.read(coverage.data("shapes"));
  coverage.search.start((parts) => (parts.commune ? address.change(parts) : location.assign(coverage.address.onMap(parts))));
  address.follow(async (state) => {
    const record = communes.byCode.get(state.commune);
    if (!record) return nothing(state.commune);
    await communes.whole(record);
    const trend = await coverage.load(`updates/part-${record.part}`);
    if (address.state().commune === record.code) draw(record, trend);
  });
})();
