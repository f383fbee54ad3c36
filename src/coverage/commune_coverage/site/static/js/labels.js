/* Names of the provinces on the map; where two would overlap, the larger province keeps its name. */
coverage.provinceLabels = function (map, outlines) {
  "use strict";

  const GAP = 4;
  const labels = outlines.map(({ place, label, lines }) => {
    const content = coverage.element("span", {});
    const icon = L.divIcon({ className: "province-label", html: content, iconSize: null });
    L.marker(label, { icon, interactive: false, keyboard: false }).addTo(map);
    const [south, west, north, east] = coverage.shapes.boundsOf(lines.map((line) => [line]));
    return { content, place, at: label, size: (north - south) * (east - west) };
  });
  labels.sort((one, other) => other.size - one.size);

  const touch = (box, other) => box.left < other.right + GAP && other.left < box.right + GAP &&
    box.top < other.bottom && other.top < box.bottom;

  function thin() {
    const kept = [];
    for (const { content } of labels) content.hidden = false;
    const boxes = labels.map(({ content }) => content.getBoundingClientRect());
    labels.forEach(({ content }, place) => {
      content.hidden = kept.some((other) => touch(boxes[place], other));
      if (!content.hidden) kept.push(boxes[place]);
    });
  }

  /* Measuring lays the whole page out: once a frame is enough, but paper does not wait for a frame. */
  let isWaiting = false;
  function thinSoon() {
    if (document.body.classList.contains("printing")) return thin();
    if (isWaiting) return undefined;
    isWaiting = true;
    return requestAnimationFrame(() => {
      isWaiting = false;
      thin();
    });
  }

  function tell() {
    for (const { content, place } of labels) content.textContent = coverage.communes.placeName(place);
    thinSoon();
  }

  map.on("zoomend resize", thinSoon);
  return { tell, shown: () => labels.filter(({ content }) => !content.hidden).map(({ at, place }) => ({ at, place })) };
};
