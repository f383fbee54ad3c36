/* A commune told as people, share, band and evidence: in the panel beside a map, and on its own page. */
coverage.detail = (function () {
  "use strict";

  const { page, element, text, said, nameIn, people, share, amount, swatch, communes, ranges } = coverage;

  const legendOf = (record, theme) => theme.layer.legend[communes.classOf(record, theme.layer)];

  /* The words for a layer's value in one commune: people first where the layer counts them. */
  function layerText(record, layer) {
    const number = communes.classOf(record, layer);
    const theme = page.themes.find((each) => each.share_column === layer.column);
    if (number >= layer.graded || layer.kind === "evidence") return said(layer.legend[number].said);
    if (layer.kind === "both") {
      return layer.axes.map((axis, place) => `${said(axis)}${text("colon", {})}${share(communes.figure(record, [layer.column, layer.other][place]))}`).join(" · ");
    }
    const value = amount[layer.kind](communes.valueOf(record, layer));
    if (layer.kind === "width" || layer.kind === "change") return text(`value_${layer.kind}`, { points: value });
    if (layer.kind !== "share") return value;
    const ranged = `${value}, ${ranges.said(ranges.ofCommune(record, layer.column))}`;
    return theme ? `${people(communes.figure(record, theme.people_column))} ${said(theme.gap)} (${ranged})` : ranged;
  }

  /* The range of a gap: after the share, and what it stands for below. */
  const rangeOf = (range) => element("span", { class: "range" }, ` (${ranges.said(range)})`);

  function rangeAbout(range) {
    const about = ranges.about(range);
    return about ? element("p", { class: "bounds" }, about) : null;
  }

  function headline(record, theme) {
    const total = communes.figure(record, "people");
    const range = ranges.ofCommune(record, theme.share_column);
    if (theme.absent) return [element("p", { class: "figure" }, element("strong", {}, said(theme.absent)))];
    if (!communes.isGraded(record, theme)) {
      const lived = total === null ? text("people_unknown", {}) : text("people_live_here", { people: people(total) });
      return [element("p", { class: "figure" }, element("strong", {}, said(legendOf(record, theme).said))),
              element("p", { class: "share" }, lived, range.kind === "interval" ? rangeOf(range) : ""),
              range.kind === "interval" ? rangeAbout(range) : null];
    }
    const of = { share: share(communes.figure(record, theme.share_column)), people: people(total) };
    return [element("p", { class: "figure" }, element("strong", {}, people(communes.figure(record, theme.people_column))), " ", said(theme.gap)),
            element("p", { class: "share" }, text("share_of_people", of), rangeOf(range)), rangeAbout(range)];
  }

  function band(record, theme) {
    const entry = legendOf(record, theme);
    if (!communes.isGraded(record, theme)) return element("p", { class: "band" }, swatch(entry.fill), text("about_unavailable", {}));
    const values = { band: communes.classOf(record, theme.layer) + 1, bands: theme.layer.graded, range: said(entry.said) };
    return element("p", { class: "band" }, swatch(entry.fill), text("band_of", values));
  }

  function evidence(record, theme, level) {
    if (theme.absent) return null;
    const known = communes.evidenceOf(record, theme.key);
    const about = known ? text(`evidence_about_${known}`, {}) : "";
    return element("div", { class: "evidence" },
      element(level, {}, `${text("evidence", {})}${text("colon", {})}${text(`evidence_${known || "none"}`, {})}`),
      about && element("p", {}, about), ...coverage.reasons.list(record, theme.key));
  }

  function cellText(record, theme, kind, cell) {
    const value = communes.figure(record, cell.column);
    if (value === null || (kind !== "count" && communes.evidenceOf(record, theme.key) === "data-poor")) return "–";
    const counted = cell.people ? communes.figure(record, cell.people) : null;
    return counted === null ? amount[kind](value) : `${people(counted)} (${amount[kind](value)})`;
  }

  function figures(record, theme) {
    const width = Math.max(...theme.rows.map((row) => row.cells.length));
    const seasons = ["dry_season", "wet_season"].map((key) => element("th", { scope: "col" }, text(key, {})));
    const head = width > 1 ? element("thead", {}, element("tr", {}, element("td", {}), ...seasons)) : null;
    const rows = theme.rows.map((row) => element("tr", {}, element("th", { scope: "row" }, said(row.title)),
      ...row.cells.map((cell) => element("td", { colspan: width / row.cells.length }, cellText(record, theme, row.kind, cell)))));
    return element("table", { class: "figures" }, element("caption", { class: "unseen" }, text("all_figures", {})), head, element("tbody", {}, ...rows));
  }

  function challenge(record) {
    if (!communes.isChallenged(record)) return null;
    return element("p", { class: "challenge" }, "◆ ", text("challenged", {}), " ",
      element("small", {}, coverage.name(communes.saidOf(record, "challenged"))));
  }

  function heading(record) {
    const shown = communes.nameOf(record);
    const others = page.languages.filter((code) => code !== coverage.language()).map((code) => nameIn(record.name, code));
    const where = [communes.placeName(record.district), communes.placeName(record.province), text("code", { code: record.code })];
    return element("header", {}, element("h2", {}, shown),
      element("p", { class: "other-names" }, [...new Set(others)].filter((other) => other && other !== shown).join(" · ")),
      element("p", { class: "aside" }, where.filter(Boolean).join(" · ")));
  }

  /* What colours the map, where it is no gap that the card tells anyway. */
  function indicator(record, layer) {
    if (!layer || page.themes.some((theme) => theme.layer.key === layer.key)) return null;
    return element("p", { class: "indicator" }, element("b", {}, `${said(layer.title)}${text("colon", {})}`), layerText(record, layer));
  }

  /* The rank of all gaps together, where the page is of it. */
  function rank(record) {
    const [place, low, high] = ["", "_low", "_high"].map((bound) => communes.figure(record, `composite_rank${bound}`));
    if (place === null) return null;
    return element("p", { class: "rank" }, text("rank_told", { place, low, high, count: coverage.count(communes.records.length) }));
  }

  function themeOf(record, theme) {
    const isOnly = page.themes.length === 1;
    const isPoor = communes.evidenceOf(record, theme.key) === "data-poor";
    return element("section", { class: `theme-${theme.key}` }, ...[
      isOnly ? null : element("h3", {}, text(`${theme.key}_title`, {})), ...headline(record, theme), isPoor || theme.absent ? null : band(record, theme),
      evidence(record, theme, isOnly ? "h3" : "h4"),
      isOnly && !theme.absent ? element("details", { open: "" }, element("summary", {}, text("all_figures", {})), figures(record, theme)) : null,
    ].filter(Boolean));
  }

  function card(section, record, isOnMap, layer) {
    const close = element("button", { type: "button", class: "close", "aria-label": text("close", {}) }, "×");
    close.addEventListener("click", () => coverage.address.change({ commune: "" }));
    const whole = element("a", { class: "button", href: coverage.address.link("commune.html", record.code) }, text("commune_page", {}));
    section.replaceChildren(...[close, heading(record), challenge(record),
      isOnMap ? null : element("p", { class: "why" }, text("no_boundary", {})), indicator(record, layer),
      page.page === "priority" ? rank(record) : null, ...page.themes.map((theme) => themeOf(record, theme)),
      element("p", {}, whole)].filter(Boolean));
  }

  /* At once with what the page has, and again when the figures of this part of the country have come. */
  async function show(record, isOnMap, layer) {
    const section = document.getElementById("chosen");
    if (!record) {
      section.replaceChildren(element("p", { class: "hint" }, text("choose_hint", {})));
      return;
    }
    card(section, record, isOnMap, layer);
    await communes.whole(record);
    if (coverage.address.state().commune === record.code) card(section, record, isOnMap, layer);
  }

  return { show, layerText, headline, rank, band, evidence, figures, challenge, heading };
})();
