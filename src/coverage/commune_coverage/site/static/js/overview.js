/* The overview: how each gap moved, where most people would gain, what changed last run, and every commune. */
(function () {
  "use strict";

  const { page, element, text, people, share, swatch, communes, address, data } = coverage;
  const TOP = 10;
  const table = coverage.table.start({ root: document.getElementById("ranking") });

  function worst(theme) {
    const value = (record) => communes.figure(record, theme.people_column);
    return communes.records.filter((record) => communes.isGraded(record, theme) && value(record) > 0)
      .sort((one, other) => value(other) - value(one)).slice(0, TOP);
  }

  function line(record, theme) {
    const link = element("a", { href: address.link(`${theme.key}.html`, record.code) },
      swatch(theme.layer.legend[communes.classOf(record, theme.layer)].fill),
      element("span", { class: "who" }, communes.nameOf(record), element("small", {}, communes.placeName(record.province))),
      element("span", { class: "how-many" }, people(communes.figure(record, theme.people_column)),
        element("small", {}, share(communes.figure(record, theme.share_column))), element("small", {}, coverage.ranges.shares(coverage.ranges.ofCommune(record, theme.share_column)))));
    return element("li", {}, link);
  }

  for (const place of document.querySelectorAll(".worst")) coverage.keys.roving(place, "a");

  function tellChanges() {
    const { run_date, sentences } = data("updates/changed");
    document.getElementById("changed-title").textContent = run_date ? text("changes_since", { day: run_date }) : text("tab_changes", {});
    document.getElementById("changed").replaceChildren(...sentences.map((sentence) => element("li", {}, coverage.said(sentence))));
  }

  function tell() {
    tellChanges();
    const updates = data("updates/national");
    for (const theme of page.themes) {
      const card = document.querySelector(`[data-theme="${theme.key}"]`);
      const values = updates && updates.figures[theme.people_column];
      card.querySelector(".trend-place").replaceChildren(values ? coverage.trend.show(updates.updates, values) : "");
      const ranked = worst(theme);
      card.querySelector(".worst").replaceChildren(...(ranked.length
        ? [element("h3", {}, text("worst", {})), element("ol", {}, ...ranked.map((record) => line(record, theme)))] : []));
    }
    table.show();
  }

  coverage.search.start((parts) => {
    location.assign(parts.commune ? address.link("commune.html", parts.commune) : coverage.address.onMap(parts));
  });
  address.follow(tell);
})();
