/* Names of the provinces on the map; where two would overlap, the larger province keeps its name. */
coverage.provinceLabels = function (map, provinces) {
  "use strict";

  const GAP = 4;
  const labels = [];

  function add(line) {
    const { place, label } = line.feature.properties;
    const content = coverage.element("span", {});
    const icon = L.divIcon({ className: "province-label", html: content, iconSize: null });
    L.marker(label, { icon, interactive: false, keyboard: false }).addTo(map);
    const bounds = line.getBounds();
    const size = (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
    labels.push({ content, place, size });
  }

  const touch = (box, other) => box.left < other.right + GAP && other.left < box.right + GAP &&
    box.top < other.bottom && other.top < box.bottom;

  function thin() {
    const kept = [];
    for (const { content } of labels) {
      content.hidden = false;
      const box = content.getBoundingClientRect();
      content.hidden = kept.some((other) => touch(box, other));
      if (!content.hidden) kept.push(box);
    }
  }

  function tell() {
    for (const { content, place } of labels) content.textContent = coverage.place(place);
    thin();
  }

  if (provinces) provinces.eachLayer(add);
  labels.sort((one, other) => other.size - one.size);
  map.on("zoomend resize", thin);
  return { tell };
};
