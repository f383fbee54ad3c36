/* Two maps side by side: the same place, the same scale and colours, a gap each. */
coverage.compareMaps = function (left, right) {
  "use strict";

  const { page, element, text, said, communes, address, detail } = coverage;
  const { layers } = page.view;
  const sides = [["left", left, layers[0]], ["right", right, layers[1]]].map(([key, map, first]) => ({
    key, map, first, select: document.getElementById(`layer-${key}`),
    drawn: coverage.communesOn(map, (record) => address.change({ commune: record.code }), true),
  }));
  let leader = null;

  function together(from, to) {
    from.on("move zoomend", () => {
      if (leader && leader !== from) return;
      leader = from;
      to.setView(from.getCenter(), from.getZoom(), { animate: false });
      leader = null;
    });
  }

  function fit(bounds, further) {
    if (bounds.isValid()) left.fitBounds(bounds, { padding: [12, 12], animate: false, ...further });
  }

  function tell(state) {
    for (const { key, map, first, select, drawn } of sides) {
      const chosen = layers.find((layer) => layer.key === state[key]) || first;
      select.replaceChildren(...layers.map((layer) => element("option", { value: layer.key }, said(layer.title))));
      select.value = chosen.key;
      drawn.paint(chosen);
      drawn.labels.tell();
      coverage.nameControls(map);
    }
    coverage.legend.show({ ...layers[0], title: { key: "compare_scale", values: {} } }, false);
  }

  function choose(state) {
    const record = communes.byCode.get(state.commune);
    const section = document.getElementById("chosen");
    for (const { drawn } of sides) drawn.choose(record || null);
    if (!record) return section.replaceChildren(element("p", { class: "hint" }, text("choose_hint", {})));
    const cells = sides.map(({ key, first }) => layers.find((layer) => layer.key === state[key]) || first)
      .map((layer) => element("div", {}, element("h3", {}, said(layer.title)), element("p", {}, detail.layerText(record, layer))));
    return section.replaceChildren(detail.heading(record), element("div", { class: "both" }, ...cells),
      element("p", {}, element("a", { class: "button", href: address.link("commune.html", record.code) }, text("commune_page", {}))));
  }

  const table = coverage.table.start({
    root: document.getElementById("ranking"), pick: (record) => address.change({ commune: record.code }),
    see: (record) => { for (const { drawn } of sides) drawn.point(record); },
  });
  together(left, right);
  together(right, left);
  for (const { map, key, select } of sides) {
    select.addEventListener("change", () => address.change({ [key]: select.value }));
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  }
  L.control.zoom({ position: "bottomright", zoomInText: "+", zoomOutText: "−" }).addTo(left);
  coverage.addScale(left);
  fit(sides[0].drawn.all());
  for (const { drawn } of sides) drawn.wholeIs(left.getZoom());
  document.getElementById("whole").addEventListener("click", () => { address.change({ commune: "", place: "" }); fit(sides[0].drawn.all()); });
  document.getElementById("png").addEventListener("click", () => coverage.savePicture(
    sides.map(({ map, drawn, select }) => ({ map, drawn, title: select.selectedOptions[0].textContent })),
    { title: text("compare_scale", {}), about: coverage.legend.about(layers[0]), entries: coverage.legend.entries(layers[0]) },
  ));
  coverage.printMaps([left, right], sides[0].drawn.all());
  coverage.search.start((parts) => address.change(parts));
  address.follow((state, before) => {
    tell(state);
    if (state.place !== before.place || state.lang !== before.lang) table.show();
    choose(state);
    table.choose(state.commune);
    const record = communes.byCode.get(state.commune);
    const place = communes.placeByKey.get(state.place);
    const near = record ? [record] : place ? communes.records.filter((each) => communes.isWithin(each, place)) : [];
    if (near.length && (state.commune !== before.commune || state.place !== before.place)) {
      fit(sides[0].drawn.boundsOf(near), { maxZoom: record ? left.getZoom() + 2 : undefined, padding: [40, 40] });
    }
  });
};
