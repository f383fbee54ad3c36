/* Picture layers: classes of 100 m cells from the data files, painted here, whole or a tile at a time when nearer. */
coverage.pictureLayers = function (map, onChange) {
  "use strict";

  const { page, element, text, said, swatch, address } = coverage;
  const NEARER = 2;
  const select = document.getElementById("picture");
  const legend = document.getElementById("picture-legend");
  const painted = new Map();
  let shown = null;
  let wholeZoom = null;

  const rgb = (hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));

  /* Class 0 is nothing: the map shows through. */
  async function paint(tile, fills) {
    const canvas = element("canvas", { width: tile.width, height: tile.height, class: "picture" });
    const context = canvas.getContext("2d");
    const image = context.createImageData(tile.width, tile.height);
    const colors = fills.map(rgb);
    (await coverage.unpacked(tile.packed)).forEach((number, place) => {
      if (number) image.data.set([...colors[number - 1], 255], 4 * place);
    });
    context.putImageData(image, 0, 0);
    return L.svgOverlay(canvas, tile.bounds, { pane: "pictures", interactive: false });
  }

  async function put(picture, name) {
    const key = `pictures/${picture.key}-${name}`;
    if (painted.has(key)) return;
    painted.set(key, null);
    const tile = await coverage.load(key);
    if (!tile) return;
    painted.set(key, await paint(tile, picture.legend.map((entry) => entry.fill)));
    show();
  }

  const isNear = () => wholeZoom !== null && map.getZoom() >= wholeZoom + NEARER;

  function wanted(picture) {
    if (!isNear()) return ["whole"];
    const view = map.getBounds();
    return ["whole", ...picture.tiles.filter((tile) => view.intersects(tile.bounds)).map((tile) => tile.name)];
  }

  function show() {
    const keys = shown ? wanted(shown).map((name) => `pictures/${shown.key}-${name}`) : [];
    for (const [key, overlay] of painted) {
      if (!overlay) continue;
      if (keys.includes(key)) overlay.addTo(map);
      else overlay.remove();
    }
  }

  function follow() {
    if (shown) for (const name of wanted(shown)) put(shown, name);
    show();
  }

  function tell(state) {
    select.replaceChildren(element("option", { value: "" }, text("picture_none", {})),
      ...page.pictures.map((picture) => element("option", { value: picture.key }, said(picture.title))));
    shown = page.pictures.find((picture) => picture.key === state.picture) || null;
    onChange(Boolean(shown));
    select.value = shown ? shown.key : "";
    legend.hidden = !shown;
    legend.replaceChildren(...(shown ? [element("h2", {}, said(shown.title)), element("ul", {}, ...shown.legend.map((entry) =>
      element("li", {}, swatch(entry.fill), element("span", {}, said(entry.said)))))] : []));
    follow();
  }

  function drawOn(context) {
    for (const overlay of painted.values()) {
      if (!overlay || !map.hasLayer(overlay)) continue;
      const [from, to] = [overlay.getBounds().getNorthWest(), overlay.getBounds().getSouthEast()].map((corner) => map.latLngToContainerPoint(corner));
      context.imageSmoothingEnabled = false;
      context.drawImage(overlay.getElement(), from.x, from.y, to.x - from.x, to.y - from.y);
    }
  }

  if (!page.pictures.length) return { drawOn: () => {}, shown: () => null };
  map.createPane("pictures").style.zIndex = 405;
  map.getPane("pictures").style.pointerEvents = "none";
  document.getElementById("picture-choice").hidden = false;
  select.addEventListener("change", () => address.change({ picture: select.value }));
  map.on("moveend", follow);
  map.whenReady(() => { wholeZoom = map.getZoom(); });
  address.follow(tell);
  return { drawOn, shown: () => shown };
};
