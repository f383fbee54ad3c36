/* What a reader takes away: rows and shapes as files, the address of this view, code that embeds it, and how to cite it. */
coverage.exportMenu = function (table) {
  "use strict";

  const { page, text, name, communes } = coverage;
  const TOP = 10;
  const menu = document.getElementById("export");
  const status = menu.querySelector("[role=status]");
  const isServed = location.protocol !== "file:";

  /* GeoJSON's rings go from longitude to latitude and end where they begin. */
  function geometryOf(polygons) {
    const closed = (ring) => [...ring, ring[0]].map(([lat, lon]) => [lon, lat]);
    return { type: "MultiPolygon", coordinates: polygons.map((rings) => rings.map(closed)) };
  }

  function geojson() {
    const shapes = coverage.shapes.read(coverage.data("shapes"));
    const [head, ...rows] = coverage.tableRows(communes.records, table.specs());
    const features = communes.records.map((record, place) => {
      const polygons = shapes.get(record.number);
      return {
        type: "Feature", id: record.code, properties: Object.fromEntries(head.map((key, column) => [key, rows[place][column] ?? null])),
        geometry: polygons && polygons.length ? geometryOf(polygons) : null,
      };
    });
    const about = { title: citation(), note: text("export_simplified", {}), synthetic: page.synthetic, sources: page.credits };
    coverage.save(new Blob([JSON.stringify({ type: "FeatureCollection", ...about, features })], { type: "application/geo+json" }), "geojson");
  }

  function citation() {
    return text("export_cited", { country: name(page.country), title: text("site_title", {}), run_date: page.run_date, run: page.run });
  }

  function embedded() {
    const frame = document.createElement("iframe");
    frame.src = location.href;
    frame.title = document.title;
    frame.width = 800;
    frame.height = 600;
    return new XMLSerializer().serializeToString(frame);
  }

  async function copy(words) {
    try {
      await navigator.clipboard.writeText(words);
      status.textContent = text("export_copied", {});
    } catch {
      status.textContent = words; // No page from a disk may write there: it is shown, to be marked and copied.
    }
  }

  const saves = (records) => () => coverage.saveRows(coverage.tableRows(records(), table.specs()));
  const actions = {
    "export-all": saves(() => communes.records),
    "export-top": saves(() => table.found().slice(0, TOP)),
    "export-geojson": geojson,
    "export-link": () => copy(location.href),
    "export-embed": () => copy(embedded()),
    "export-cite": () => copy(citation()),
  };
  for (const [id, action] of Object.entries(actions)) document.getElementById(id).addEventListener("click", action);
  document.getElementById("export-embed").parentElement.hidden = !isServed;
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
};
