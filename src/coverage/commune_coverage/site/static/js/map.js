/* A map page: layer switch, legend, table, the chosen commune or place, what is shown in the address, and printing. */
coverage.showMap = function (map) {
  "use strict";

  const { page, said, communes, address, detail } = coverage;
  const view = page.view;
  const WIDE = window.matchMedia("(min-width: 60rem)");
  const CLOSER = 1.7;
  const MARGIN = 12;
  const choices = [...document.querySelectorAll("#layer-choices input")];
  const drawn = coverage.communesOn(map, (record, at, isByKey) => {
    const spot = at ? coverage.place.keyOf({ lat: at.lat, lon: at.lng }) : "";
    address.change({ commune: record.code, spot });
    if (isByKey) coverage.keys.opened(document.getElementById("chosen"), map.getContainer());
  });
  const pictures = coverage.pictureLayers(map, (isShown) => drawn.blank(isShown));
  const table = coverage.table.start({
    root: document.getElementById("ranking"), specs: view.layers[0].columns, see: drawn.point, isSeen: drawn.isSeen,
    pick: (record, isByKey) => {
      address.change({ commune: record.code, spot: "" });
      if (isByKey) coverage.keys.opened(document.getElementById("chosen"));
    },
  });
  coverage.exportMenu(table);
  drawn.group.on("mouseover", (event) => table.point(event.layer.record));
  drawn.group.on("mouseout", () => table.point(null));
  let layer = view.layers[0];
  let isWhole = true;
  let fitted = "";

  function choose(code) {
    const record = communes.byCode.get(code) || null;
    const isOnMap = drawn.choose(record);
    detail.show(record, isOnMap, layer);
    table.choose(code);
    coverage.titled(record ? communes.nameOf(record) : "");
  }

  /* What is known of a spot that was clicked on or typed; its commune is chosen with it. */
  const pin = L.circleMarker([0, 0], { radius: 6, color: "#000", weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false, pane: "marks" });

  async function showSpot({ spot }, before) {
    const section = document.getElementById("spot");
    const at = coverage.place.parse(spot);
    section.hidden = true;
    section.replaceChildren();
    pin.remove();
    if (!at) return;
    const lon = nearest(at.lon);
    pin.setLatLng([at.lat, lon]).addTo(map);
    const record = await coverage.place.show(section, { lat: at.lat, lon }, () => address.state().spot === spot);
    if (address.state().spot !== spot || spot === before.spot) return;
    if (record && !address.state().commune) address.change({ commune: record.code });
    if (!map.getBounds().contains([at.lat, lon])) map.panTo([at.lat, lon]);
  }

  const fit = (bounds, further) => bounds.isValid() && map.fitBounds(bounds, further);

  function bringIntoView(state, isFirst) {
    const record = communes.byCode.get(state.commune);
    const place = communes.placeByKey.get(state.place);
    if (isFirst && state.at) return;
    if (record && drawn.boundsOf([record]).isValid()) {
      isWhole = false;
      const maxZoom = Math.max(map.getZoom(), wholeZoom + CLOSER);
      fit(drawn.boundsOf([record]), { maxZoom, padding: [60, 60], animate: !isFirst });
    } else if (place) {
      isWhole = false;
      fit(drawn.boundsOf(communes.records.filter((each) => communes.isWithin(each, place))), { padding: [20, 20], animate: !isFirst });
    } else if (!isFirst && !state.commune) showAll();
    if (!WIDE.matches && (record || place) && !isFirst) document.querySelector(".map-area").scrollIntoView({ block: "start" });
  }

  /* A zoom that is under way would end where it was going: it is waited for. */
  let isZooming = false;
  map.on("zoomanim", () => { isZooming = true; });
  map.on("zoomend", () => { isZooming = false; });

  function showAll() {
    isWhole = true;
    if (isZooming) map.once("zoomend", showWhole);
    else showWhole();
    address.note({ at: "" });
  }

  /* The legend lies over the lower left of a wide page: the country is fitted beside it. */
  function showWhole() {
    const bounds = drawn.all();
    if (!bounds.isValid()) return;
    const left = WIDE.matches ? document.querySelector(".legends").offsetWidth + 2 * MARGIN : MARGIN;
    map.fitBounds(bounds, { paddingTopLeft: [left, MARGIN], paddingBottomRight: [MARGIN, MARGIN], animate: false });
    fitted = room();
  }

  /* Fonts, languages and turned phones change the map's size; the whole country stays whole until the reader moves. */
  function follow() {
    map.invalidateSize({ animate: false });
    const now = room();
    if (isWhole && now !== fitted) showWhole();
  }

  const room = () => `${map.getSize()} ${document.querySelector(".legends").offsetWidth}`;

  function noteView() {
    if (isWhole) return;
    const { lat, lng } = map.getCenter();
    address.note({ at: [lat.toFixed(4), lng.toFixed(4), map.getZoom().toFixed(1)].join(",") });
  }

  /* The same longitude by whole turns nearest to the country, which may go on beyond 180 degrees. */
  function nearest(lon) {
    const bounds = drawn.all();
    return bounds.isValid() ? lon + 360 * Math.round((bounds.getCenter().lng - lon) / 360) : lon;
  }

  function goTo(at) {
    const [lat, lon, zoom] = (at || "").split(",").map(Number);
    if (![lat, lon, zoom].every(Number.isFinite)) return;
    isWhole = false;
    map.setView([lat, nearest(lon)], zoom, { animate: false });
  }

  L.control.zoom({ position: "bottomright", zoomInText: "+", zoomOutText: "−" }).addTo(map);
  coverage.addScale(map);
  coverage.legend.show(layer, drawn.hasMarks);
  showWhole();
  const wholeZoom = map.getZoom();
  drawn.wholeIs(wholeZoom);
  for (const choice of choices) choice.addEventListener("change", () => address.change({ layer: choice.value, picture: "" }));
  for (const move of ["pointerdown", "wheel", "keydown"]) {
    map.getContainer().addEventListener(move, () => { isWhole = false; });
  }
  new ResizeObserver(follow).observe(map.getContainer());
  map.on("moveend", () => { noteView(); table.moved(); });
  document.getElementById("whole").addEventListener("click", () => {
    address.change({ commune: "", place: "", at: "", spot: "" });
    showAll();
  });
  document.getElementById("png").addEventListener("click", savePicture);
  coverage.printMaps([map], drawn.all());
  coverage.search.start((parts) => address.change(parts));

  /* What the picture says in numbers: of the chosen commune, else of the chosen province, else of the country. */
  function figuresShown() {
    const { commune, place } = address.state();
    const record = communes.byCode.get(commune);
    if (record) return [communes.nameOf(record), detail.layerText(record, layer)];
    const shown = communes.placeByKey.get(place);
    return [coverage.name(shown ? shown.names : page.country), ...page.themes.flatMap((theme) => coverage.totals.told(theme, place))];
  }

  function savePicture() {
    const shownLayer = pictures.shown() || layer;
    coverage.savePicture([{ map, drawn, over: pictures.drawOn }], {
      title: said(shownLayer.title), about: shownLayer === layer ? coverage.legend.about(layer) : "", figures: figuresShown(), entries: coverage.legend.entries(shownLayer),
    });
  }

  function showLayer(state) {
    const before = layer;
    layer = view.layers.find((option) => option.key === state.layer) || view.layers[0];
    if (layer !== before) table.listColumns(layer.columns);
    drawn.paint(layer);
    coverage.legend.show(layer, drawn.hasMarks);
    document.getElementById("legend").hidden = Boolean(pictures.shown());
    for (const choice of choices) choice.checked = choice.value === layer.key;
    document.getElementById("print-title").textContent = said((pictures.shown() || layer).title);
  }

  const shown = { repaint: () => { showLayer(address.state()); table.show(); }, drawn, map, table };
  if (coverage.beforeMap) coverage.beforeMap(shown);
  goTo(address.state().at);
  address.follow((state, before) => {
    showLayer(state);
    coverage.nameControls(map);
    drawn.labels.tell();
    if (state.place !== before.place || state.lang !== before.lang || state.layer !== before.layer) table.show();
    choose(state.commune);
    if (state.spot !== before.spot || state.lang !== before.lang) showSpot(state, before);
    if (state.commune !== before.commune || state.place !== before.place) bringIntoView(state, before.commune === undefined);
  });
  coverage.map = shown;
};
