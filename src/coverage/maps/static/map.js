/* The map itself: layer switch, legend, tooltips, province labels, the chosen commune, and printing. */
coverage.showMap = function (map, communes, provinces) {
  "use strict";

  const { page, element, text, said, name, place, swatch, address, detail } = coverage;
  const theme = page.themes[0];
  const WIDE = window.matchMedia("(min-width: 60rem)");
  const CLOSER = 2.5;
  const MARGIN = 12;
  const LINE = { color: "#ffffff", weight: 0.6 };
  const HOVERED = { color: "#212529", weight: 1.5 };
  const CHOSEN = { color: "#000000", weight: 3 };

  const shapes = new Map();
  const choices = [...document.querySelectorAll("#layer-choices input")];
  const labels = coverage.provinceLabels(map, provinces);
  let chosen = null;
  let layer = 0;
  let isWhole = true;

  communes.eachLayer((shape) => shapes.set(shape.feature.properties.code, shape));
  const records = [...shapes.values()].map((shape) => shape.feature.properties);
  const isOnMap = (shape) => shape.getBounds().isValid();

  function paint() {
    communes.setStyle((feature) => ({ fillColor: theme.layers[layer].legend[feature.properties.classes[layer]].fill }));
  }

  function tooltip(shape) {
    const record = shape.feature.properties;
    return element("div", {}, element("b", {}, name(record.name) || record.code),
      element("span", { class: "aside" }, place(record.district)),
      element("span", {}, detail.layerText(record, layer)));
  }

  function tellLegend() {
    const shown = theme.layers[layer];
    const items = shown.legend.map((entry) => element("li", {}, swatch(entry.fill), element("span", {}, said(entry.said))));
    document.getElementById("legend").replaceChildren(
      element("h2", {}, said(shown.title)),
      element("p", { class: "aside" }, `${text(`legend_${shown.kind}`, {})} · ${text("darker_is_worse", {})}`),
      element("ul", {}, ...items),
      element("p", { class: "aside about-patterns" }, text("about_data_poor", {})));
  }

  function tellControls() {
    for (const [selector, key] of [[".leaflet-control-zoom-in", "zoom_in"], [".leaflet-control-zoom-out", "zoom_out"]]) {
      const button = map.getContainer().querySelector(selector);
      button.title = text(key, {});
      button.setAttribute("aria-label", button.title);
    }
    map.getContainer().setAttribute("aria-label", text("map_label", {}));
  }

  function emphasise(shape, isChosen) {
    shape.setStyle(isChosen ? CHOSEN : LINE);
    shape.getElement().classList.toggle("chosen-shape", isChosen);
    if (isChosen) shape.bringToFront();
  }

  function choose(code) {
    if (chosen) emphasise(chosen, false);
    const shape = shapes.get(code);
    chosen = shape && isOnMap(shape) ? shape : null;
    if (provinces) provinces.bringToFront();
    if (chosen) emphasise(chosen, true);
    detail.show(shape ? shape.feature.properties : null, chosen !== null);
  }

  function bringIntoView(isFirst) {
    if (!chosen) return;
    isWhole = false;
    const maxZoom = Math.max(map.getZoom(), wholeZoom + CLOSER);
    map.fitBounds(chosen.getBounds(), { maxZoom, padding: [60, 60], animate: !isFirst });
    if (!WIDE.matches) document.querySelector(".map-area").scrollIntoView({ block: "start" });
  }

  /* The legend lies over the lower left of a wide page: the country is fitted beside it. */
  function showWhole() {
    const bounds = communes.getBounds();
    if (!bounds.isValid()) return;
    const left = WIDE.matches ? document.querySelector(".legend").offsetWidth + 2 * MARGIN : MARGIN;
    map.fitBounds(bounds, { paddingTopLeft: [left, MARGIN], paddingBottomRight: [MARGIN, MARGIN], animate: false });
  }

  /* Fonts, languages and turned phones change the map's size; the whole country stays whole until the reader moves. */
  function follow() {
    map.invalidateSize({ animate: false });
    if (isWhole) showWhole();
  }

  function fitForPrint(isPrinting) {
    const bounds = map.getBounds();
    document.body.classList.toggle("printing", isPrinting);
    map.invalidateSize({ animate: false });
    map.fitBounds(bounds, { animate: false });
  }

  L.control.zoom({ position: "bottomright", zoomInText: "+", zoomOutText: "−" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  showWhole();
  const wholeZoom = map.getZoom();
  for (const shape of shapes.values()) {
    /* No change of order under the pointer: a tap would then press one element and release another. */
    shape.on("mouseover", () => shape !== chosen && shape.setStyle(HOVERED));
    shape.on("mouseout", () => shape !== chosen && shape.setStyle(LINE));
    shape.on("click", () => address.change({ commune: shape.feature.properties.code }));
  }
  for (const choice of choices) choice.addEventListener("change", () => address.change({ layer: choice.value }));
  for (const move of ["pointerdown", "wheel", "keydown"]) {
    map.getContainer().addEventListener(move, () => { isWhole = false; });
  }
  new ResizeObserver(follow).observe(map.getContainer());
  communes.bindTooltip(tooltip, { sticky: true, className: "commune-tooltip" });
  window.addEventListener("beforeprint", () => fitForPrint(true));
  window.addEventListener("afterprint", () => fitForPrint(false));

  coverage.search.start(records, (record) => address.change({ commune: record.code }));
  address.follow((state, before) => {
    layer = Math.max(0, theme.layers.findIndex((option) => option.column === state.layer));
    paint();
    tellLegend();
    for (const choice of choices) choice.checked = choice.value === theme.layers[layer].column;
    tellControls();
    labels.tell();
    choose(state.commune);
    if (state.commune !== before.commune) bringIntoView(before.commune === null);
    detail.worst(records);
  });
};
