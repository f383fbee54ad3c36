/* The keyboard: a map, a table or a list is one stop of the Tab key, arrow keys move within it. */
coverage.keys = (function () {
  "use strict";

  const { element, text } = coverage;
  const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const AHEAD = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
  const ASIDE = 2.5;

  /* Of the items that match within a root only one is a stop: the chosen one, the one that had the focus, or the first. */
  function roving(root, selector) {
    const items = () => [...root.querySelectorAll(selector)];

    function settle(wanted) {
      const all = items();
      const stop = all.includes(wanted) ? wanted : all.find((item) => item.closest("[aria-current]")) || all[0];
      for (const item of all) item.tabIndex = item === stop ? 0 : -1;
    }

    root.addEventListener("focusin", (event) => event.target.matches(selector) && settle(event.target));
    root.addEventListener("keydown", (event) => {
      const all = items();
      const place = all.indexOf(event.target);
      if (place < 0 || !(event.key in STEPS)) return;
      event.preventDefault();
      all[Math.min(Math.max(place + STEPS[event.key], 0), all.length - 1)].focus();
    });
    new MutationObserver(() => settle(document.activeElement)).observe(root, { childList: true, subtree: true });
    settle(null);
  }

  /* The nearest of the places that lie ahead: what is aside counts as further away. */
  function next(places, from, [right, up]) {
    let best = null;
    for (const place of places) {
      const [east, north] = [(place.at[1] - from[1]) * Math.cos((from[0] * Math.PI) / 180), place.at[0] - from[0]];
      const [ahead, aside] = [east * right + north * up, Math.abs(east * up) + Math.abs(north * right)];
      const far = ahead + ASIDE * aside;
      if (ahead > 1e-9 && (!best || far < best.far)) best = { place, far };
    }
    return best && best.place;
  }

  /* Arrow keys go from commune to commune, Enter opens, + and - zoom, Escape goes back to the whole of the page.
     `places` are [{ record, at }], `point` shows where the reader is, `pick` opens, `tell` says it in words. */
  function ofMap(map, { places, point, pick, tell }) {
    const container = map.getContainer();
    const status = element("p", { class: "unseen", role: "status" });
    const hint = element("p", { class: "unseen", id: `keys-${L.Util.stamp(map)}` });
    let here = null;

    function go(place) {
      here = place;
      point(place.record, place.at);
      if (!map.getBounds().pad(-0.1).contains(place.at)) map.panTo(place.at);
      status.textContent = tell(place.record);
    }

    const middle = () => {
      const { lat, lng } = map.getCenter();
      const visible = places.filter(({ at }) => map.getBounds().contains(at));
      const far = ({ at }) => (at[0] - lat) ** 2 + (at[1] - lng) ** 2;
      return (visible.length ? visible : places).reduce((best, place) => (!best || far(place) < far(best) ? place : best), null);
    };

    container.addEventListener("keydown", (event) => {
      if (event.target !== container || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key in AHEAD) {
        const place = here ? next(places, here.at, AHEAD[event.key]) : middle();
        if (place) go(place);
      } else if (event.key === "Enter" && here) pick(here.record);
      else if (event.key === "+" || event.key === "=") map.zoomIn();
      else if (event.key === "-") map.zoomOut();
      else return;
      event.preventDefault();
    });
    container.addEventListener("blur", () => point(null));
    map.keyboard.disable();
    container.tabIndex = 0;
    container.append(hint, status);
    container.setAttribute("aria-describedby", hint.id);
    map.on("retold", () => {
      hint.textContent = text("map_keys", {});
      for (const control of container.querySelectorAll(".leaflet-control a")) control.tabIndex = -1;
    });
    return { startAt: (record) => { here = places.find((place) => place.record === record) || here; } };
  }

  /* A panel that the keyboard has opened has the focus; closed, it gives it back. */
  function opened(panel, back) {
    const last = back || document.activeElement;
    panel.tabIndex = -1;
    panel.focus({ preventScroll: false });
    panel.addEventListener("keydown", function leave(event) {
      if (event.key !== "Escape") return;
      panel.removeEventListener("keydown", leave);
      panel.querySelector(".close")?.click();
      if (last.isConnected) last.focus();
    });
  }

  return { roving, ofMap, opened, next };
})();
