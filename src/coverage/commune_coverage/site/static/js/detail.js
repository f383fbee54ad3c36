/* A commune told as people, share, band and evidence: in the panel beside a map, and on its own page. */
coverage.detail = (function () {
  "use strict";

  const { page, element, text, said, nameIn, people, share, amount, swatch, communes } = coverage;

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
    return layer.kind === "share" && theme ? `${people(communes.figure(record, theme.people_column))} ${said(theme.gap)} (${value})` : value;
  }

  /* What the draws of an ensemble say of the gap, where the run has any. */
  function interval(record, theme) {
    const [estimate, low, high] = ["", "_low", "_high"].map((bound) => communes.figure(record, `${theme.key}_drawn_share${bound}`));
    if (estimate === null) return null;
    const told = text("drawn_interval", { estimate: share(estimate), low: share(low), high: share(high) });
    return element("p", { class: "bounds" }, communes.figure(record, `${theme.key}_drawn_outside`) ? `${told} ${text("drawn_outside", {})}` : told);
  }

  function headline(record, theme) {
    const total = communes.figure(record, "people");
    if (!communes.isGraded(record, theme)) {
      const lived = total === null ? text("people_unknown", {}) : text("people_live_here", { people: people(total) });
      return [element("p", { class: "figure" }, element("strong", {}, said(legendOf(record, theme).said))),
              element("p", { class: "share" }, lived), interval(record, theme)];
    }
    const [low, high] = ["low", "high"].map((bound) => communes.figure(record, `${theme.share_column}_${bound}`));
    const of = { share: share(communes.figure(record, theme.share_column)), people: people(total) };
    return [element("p", { class: "figure" }, element("strong", {}, people(communes.figure(record, theme.people_column))), " ", said(theme.gap)),
            element("p", { class: "share" }, text("share_of_people", of)),
            low === null ? null : element("p", { class: "bounds" }, text("between_shares", { low: share(low), high: share(high) })), interval(record, theme)];
  }

  function band(record, theme) {
    const entry = legendOf(record, theme);
    if (!communes.isGraded(record, theme)) return element("p", { class: "band" }, swatch(entry.fill), text("about_unavailable", {}));
    const values = { band: communes.classOf(record, theme.layer) + 1, bands: theme.layer.graded, range: said(entry.said) };
    return element("p", { class: "band" }, swatch(entry.fill), text("band_of", values));
  }

  function evidence(record, theme, level) {
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

  function themeOf(record, theme) {
    const isOnly = page.themes.length === 1;
    const isPoor = communes.evidenceOf(record, theme.key) === "data-poor";
    return element("section", { class: `theme-${theme.key}` }, ...[
      isOnly ? null : element("h3", {}, text(`${theme.key}_title`, {})), ...headline(record, theme), isPoor ? null : band(record, theme),
      evidence(record, theme, isOnly ? "h3" : "h4"),
      isOnly ? element("details", { open: "" }, element("summary", {}, text("all_figures", {})), figures(record, theme)) : null,
    ].filter(Boolean));
  }

  function card(section, record, isOnMap) {
    const close = element("button", { type: "button", class: "close", "aria-label": text("close", {}) }, "×");
    close.addEventListener("click", () => coverage.address.change({ commune: "" }));
    const whole = element("a", { class: "button", href: coverage.address.link("commune.html", record.code) }, text("commune_page", {}));
    section.replaceChildren(...[close, heading(record), challenge(record),
      isOnMap ? null : element("p", { class: "why" }, text("no_boundary", {})), ...page.themes.map((theme) => themeOf(record, theme)),
      element("p", {}, whole)].filter(Boolean));
  }

  /* At once with what the page has, and again when the figures of this part of the country have come. */
  async function show(record, isOnMap) {
    const section = document.getElementById("chosen");
    if (!record) {
      section.replaceChildren(element("p", { class: "hint" }, text("choose_hint", {})));
      return;
    }
    card(section, record, isOnMap);
    await communes.whole(record);
    if (coverage.address.state().commune === record.code) card(section, record, isOnMap);
  }

  return { show, layerText, headline, band, evidence, figures, challenge, heading };
})();
