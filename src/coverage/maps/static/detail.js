/* The panel beside a map: the chosen commune told as people, share, band and evidence; and the worst communes. */
coverage.detail = (function () {
  "use strict";

  const { page, element, text, said, name, nameIn, place, people, share, amount, figure, swatch } = coverage;
  const theme = page.themes[0];
  const WORST = 10;

  const isGraded = (record, position) => record.classes[position] < theme.layers[position].graded;

  /* The words for a layer's value in one commune: people first where the layer counts them. */
  function layerText(record, position) {
    const layer = theme.layers[position];
    const entry = layer.legend[record.classes[position]];
    if (!isGraded(record, position) || layer.kind === "evidence") return said(entry.said);
    const value = amount[layer.kind](figure(record, layer.column));
    return position === 0 ? `${people(figure(record, theme.people_column))} ${said(theme.gap)} (${value})` : value;
  }

  function headline(record) {
    const total = figure(record, "people");
    if (!isGraded(record, 0)) {
      const lived = total === null ? text("people_unknown", {}) : text("people_live_here", { people: people(total) });
      return [element("p", { class: "figure" }, element("strong", {}, said(theme.layers[0].legend[record.classes[0]].said))),
              element("p", { class: "share" }, lived)];
    }
    const gap = figure(record, theme.people_column);
    const of = { share: share(figure(record, theme.share_column)), people: people(total) };
    return [element("p", { class: "figure" }, element("strong", {}, people(gap)), " ", said(theme.gap)),
            element("p", { class: "share" }, text("share_of_people", of))];
  }

  function band(record) {
    const layer = theme.layers[0];
    const entry = layer.legend[record.classes[0]];
    if (!isGraded(record, 0)) return element("p", { class: "band" }, swatch(entry.fill), text("about_unavailable", {}));
    const values = { band: record.classes[0] + 1, bands: layer.graded, range: said(entry.said) };
    return element("p", { class: "band" }, swatch(entry.fill), text("band_of", values));
  }

  /* A reason of the run itself: in the reader's language where the words have it, else as it is. */
  function reason(note) {
    const [share] = note.match(/\d+%/) || [""];
    const known = page.words[coverage.language()][note.replace(/\d+%/, "{share}")];
    return element("p", { class: "reason", lang: known ? null : "en" }, known ? known.replace("{share}", share) : note);
  }

  function evidence(record) {
    const known = record.evidence[0];
    const about = known ? text(`evidence_about_${known}`, {}) : "";
    return element("div", { class: "evidence" },
      element("h4", {}, `${text("evidence", {})}: ${text(`evidence_${known || "none"}`, {})}`),
      about && element("p", {}, about),
      ...record.notes.map((number) => reason(page.notes[number])));
  }

  function cellText(record, kind, cell) {
    const value = figure(record, cell.column);
    if (value === null || (kind !== "count" && record.evidence[0] === "data-poor")) return "–";
    const counted = cell.people ? figure(record, cell.people) : null;
    return counted === null ? amount[kind](value) : `${people(counted)} (${amount[kind](value)})`;
  }

  function figures(record) {
    const width = Math.max(...theme.rows.map((row) => row.cells.length));
    const seasons = ["dry_season", "wet_season"].map((key) => element("th", { scope: "col" }, text(key, {})));
    const head = width > 1 ? element("thead", {}, element("tr", {}, element("td", {}), ...seasons)) : null;
    const rows = theme.rows.map((row) => element("tr", {}, element("th", { scope: "row" }, said(row.title)),
      ...row.cells.map((cell) => element("td", { colspan: width / row.cells.length }, cellText(record, row.kind, cell)))));
    return element("details", { open: "" }, element("summary", {}, text("all_figures", {})),
      element("table", { class: "figures" }, head, element("tbody", {}, ...rows)));
  }

  function heading(record) {
    const others = page.languages.filter((code) => code !== coverage.language()).map((code) => nameIn(record.name, code));
    const where = [place(record.district), place(record.province), text("code", { code: record.code })];
    const shown = name(record.name) || record.code;
    return element("header", {},
      element("h2", {}, shown),
      element("p", { class: "other-names" }, others.filter((other) => other && other !== shown).join(" · ")),
      element("p", { class: "aside" }, where.filter(Boolean).join(" · ")));
  }

  function show(record, isOnMap) {
    const section = document.getElementById("chosen");
    if (!record) {
      section.replaceChildren(element("p", { class: "hint" }, text("choose_hint", {})));
      return;
    }
    const close = element("button", { type: "button", class: "close", "aria-label": text("close", {}) }, "×");
    close.addEventListener("click", () => coverage.address.change({ commune: "" }));
    const isPoor = record.evidence[0] === "data-poor";
    section.replaceChildren(...[close, heading(record), ...headline(record), isPoor ? null : band(record),
      isOnMap ? null : element("p", { class: "why" }, text("no_boundary", {})), evidence(record), figures(record)]
      .filter(Boolean));
  }

  function worst(records) {
    const ranked = records.filter((record) => isGraded(record, 0) && figure(record, theme.people_column) !== null)
      .sort((one, other) => figure(other, theme.people_column) - figure(one, theme.people_column)).slice(0, WORST);
    const items = ranked.map((record) => {
      const button = element("button", { type: "button" },
        swatch(theme.layers[0].legend[record.classes[0]].fill),
        element("span", { class: "who" }, name(record.name) || record.code, element("small", {}, place(record.province))),
        element("span", { class: "how-many" }, people(figure(record, theme.people_column)),
          element("small", {}, share(figure(record, theme.share_column)))));
      button.addEventListener("click", () => coverage.address.change({ commune: record.code }));
      return element("li", {}, button);
    });
    document.getElementById("worst").replaceChildren(
      element("h2", {}, text("worst", {})), element("ol", {}, ...items),
      element("p", {}, element("a", { href: coverage.address.link("index.html") }, text("worst_all", {}))));
  }

  return { show, worst, layerText };
})();
