/* Search by commune name in any language, or by code: a combobox after the WAI-ARIA pattern. */
coverage.search = (function () {
  "use strict";

  const { element, text, name, place } = coverage;
  const SHOWN = 8;

  /* Without accents, case and the invisible joiners and spaces that Khmer keyboards leave behind. */
  function plain(words) {
    return words.normalize("NFD").replace(/[\u0300-\u036f\u200b-\u200d]/g, "").toLowerCase().trim();
  }

  function keysOf(record) {
    return [...Object.values(record.name), record.code].map(plain);
  }

  function rank(keys, wanted) {
    if (keys.some((key) => key === wanted)) return 0;
    if (keys.some((key) => key.startsWith(wanted))) return 1;
    return keys.some((key) => key.includes(wanted)) ? 2 : 3;
  }

  function find(entries, typed) {
    const wanted = plain(typed);
    if (!wanted) return [];
    return entries
      .map((entry) => ({ record: entry.record, rank: rank(entry.keys, wanted) }))
      .filter((match) => match.rank < 3)
      .sort((one, other) => one.rank - other.rank)
      .map((match) => match.record);
  }

  function start(records, choose) {
    const entries = records.map((record) => ({ record, keys: keysOf(record) }));
    const input = document.getElementById("search");
    const list = document.getElementById("search-results");
    let shown = [];
    let active = -1;

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function option(record, position) {
      const where = [place(record.district), place(record.province)].filter(Boolean).join(" · ");
      const item = element("li", { role: "option", id: `search-${position}`, "aria-selected": "false" },
        element("b", {}, name(record.name) || record.code), element("span", {}, where), element("small", {}, record.code));
      item.addEventListener("pointerdown", (event) => event.preventDefault());
      item.addEventListener("click", () => pick(record));
      return item;
    }

    function open() {
      const found = find(entries, input.value);
      shown = found.slice(0, SHOWN);
      active = -1;
      const rest = found.length - shown.length;
      const note = found.length === 0 ? text("search_none", {}) : rest ? text("search_more", { count: rest }) : "";
      list.replaceChildren(...shown.map(option));
      if (note) list.append(element("li", { role: "presentation", class: "note" }, note));
      list.hidden = !input.value.trim();
      input.setAttribute("aria-expanded", String(!list.hidden));
    }

    function mark(position) {
      active = (position + shown.length) % shown.length;
      [...list.querySelectorAll("[role=option]")].forEach((item, index) =>
        item.setAttribute("aria-selected", String(index === active)));
      input.setAttribute("aria-activedescendant", `search-${active}`);
    }

    function pick(record) {
      input.value = "";
      close();
      input.blur();
      choose(record);
    }

    input.addEventListener("input", open);
    input.addEventListener("focus", () => input.value && open());
    input.addEventListener("blur", close);
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
