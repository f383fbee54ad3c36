/* Search for communes, districts and provinces by name in any language, or by code: a combobox after the WAI-ARIA pattern. */
coverage.search = (function () {
  "use strict";

  const { element, text, name, communes } = coverage;
  const SHOWN = 8;

  /* Without accents, case, spaces, hyphens, and the invisible joiners and spaces that Khmer keyboards leave behind. */
  /* Khmer's subscript ta and da look alike, and names are written with either. */
  function plain(words) {
    const bare = words.normalize("NFD").replace(/[\u0300-\u036f\u200b-\u200d\u2060\u00ad\s'’`-]/g, "");
    return bare.replaceAll("\u17d2\u178a", "\u17d2\u178f").toLowerCase();
  }

  const keysOf = (names, code) => [...Object.values(names), code].filter(Boolean).map(plain);

  function rank(keys, wanted) {
    if (keys.some((key) => key === wanted)) return 0;
    if (keys.some((key) => key.startsWith(wanted))) return 1;
    return keys.some((key) => key.includes(wanted)) ? 2 : 3;
  }

  function entries() {
    const wide = communes.places.map((place) => ({ place, keys: keysOf(place.names, place.code) }));
    const own = communes.records.map((record) => ({ record, keys: keysOf(record.name, record.code) }));
    wide.sort((one, other) => (one.place.level === "province" ? 0 : 1) - (other.place.level === "province" ? 0 : 1));
    return [...wide, ...own];
  }

  function find(all, typed) {
    const wanted = plain(typed);
    if (!wanted) return [];
    return all
      .map((entry) => ({ entry, rank: rank(entry.keys, wanted) }))
      .filter((match) => match.rank < 3)
      .sort((one, other) => one.rank - other.rank)
      .map((match) => match.entry);
  }

  function shownOf({ record, place, spot }) {
    if (spot) return [coverage.place.nameOf(spot), text("search_spot", {}), ""];
    if (place) return [name(place.names), text(`level_${place.level}`, {}), communes.placeName(place.within), place.code];
    return [communes.nameOf(record), communes.placeName(record.district), communes.placeName(record.province), record.code];
  }

  /* `choose` gets what changes in the address: a commune, or a place to look at. */
  function start(choose) {
    const input = document.getElementById("search");
    const list = document.getElementById("search-results");
    let all = null;
    let shown = [];
    let active = -1;

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function option(entry, position) {
      const [title, ...where] = shownOf(entry);
      const code = where.pop();
      const item = element("li", { role: "option", id: `search-${position}`, "aria-selected": "false" },
        element("b", {}, title), element("span", {}, where.filter(Boolean).join(" · ")), element("small", {}, code));
      item.addEventListener("pointerdown", (event) => event.preventDefault());
      item.addEventListener("click", () => pick(entry));
      return item;
    }

    function open() {
      all = all || entries();
      const spot = coverage.place.parse(input.value);
      const found = spot ? [{ spot }] : find(all, input.value);
      shown = found.slice(0, SHOWN);
      active = -1;
      const rest = found.length - shown.length;
      const note = found.length === 0 ? text("search_none", {}) : rest ? text("search_more", { count: rest }) : "";
      list.replaceChildren(...shown.map(option));
      document.getElementById("search-note").textContent = input.value.trim() ? note : "";
      list.hidden = !input.value.trim() || shown.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
    }

    function mark(position) {
      active = (position + shown.length) % shown.length;
      [...list.querySelectorAll("[role=option]")].forEach((item, index) =>
        item.setAttribute("aria-selected", String(index === active)));
      input.setAttribute("aria-activedescendant", `search-${active}`);
    }

    /* Where a page has no card of a spot, that of another page is shown. */
    function toSpot(parts) {
      if (document.getElementById("spot")) choose(parts);
      else location.assign(coverage.address.onMap(parts));
    }

    function pick({ record, place, spot }) {
      input.value = "";
      document.getElementById("search-note").textContent = "";
      close();
      input.blur();
      if (spot) toSpot({ spot: coverage.place.keyOf(spot), commune: "", place: "" });
      else choose(record ? { commune: record.code, place: "" } : { place: communes.keyOf(place), commune: "" });
    }

    input.addEventListener("input", open);
    input.addEventListener("focus", () => input.value && open());
    input.addEventListener("blur", () => {
      close();
      document.getElementById("search-note").textContent = "";
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
      if (list.hidden || shown.length === 0) return;
      if (event.key === "ArrowDown") mark(active + 1);
      else if (event.key === "ArrowUp") mark(active < 0 ? shown.length - 1 : active - 1);
      else if (event.key === "Enter") pick(shown[Math.max(active, 0)]);
      else return;
      event.preventDefault();
    });
  }

  return { start, plain };
})();
