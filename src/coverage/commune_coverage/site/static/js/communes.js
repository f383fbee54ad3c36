/* The communes and their figures: what every page brings along, and what comes a part of the country at a time. */
coverage.communes = (function () {
  "use strict";

  const EVIDENCE = ["measured", "observed", "modelled", "declared", "data-poor"];
  const base = coverage.data("communes");
  const columns = new Map();
  const parts = new Map();
  const evidence = (coverage.data("gaps") || {}).evidence || {};
  const absent = new Set((coverage.page.themes || []).filter((theme) => theme.absent).map((theme) => theme.key));
  const challenged = new Set((coverage.data("gaps") || {}).challenged || []);

  const records = base.codes.map((code, number) => ({
    number, code, name: base.names[number], district: base.district[number], province: base.province[number],
    part: base.part[number],
  }));
  const byCode = new Map(records.map((record) => [record.code, record]));
  const places = base.places.map((place, number) => ({ ...place, number }));
  const keyOf = (place) => `${place.level}:${place.code || place.names.en || ""}`;
  const placeByKey = new Map(places.map((place) => [keyOf(place), place]));

  function add({ columns: added, units }) {
    for (const [name, values] of Object.entries(added)) columns.set(name, { values, unit: units[name] });
  }

  columns.set("people", { values: base.people, unit: 1 });
  for (const name of coverage.page.tables || []) add(coverage.data(name));

  /* A figure in its own unit, null where there is none; a column that came with a part is known in that part only. */
  function figure(record, column) {
    const whole = columns.get(column);
    if (whole) return scaled(whole.values[record.number], whole.unit);
    const part = parts.get(record.part);
    const own = part && part.columns[column];
    return own ? scaled(own[part.place.get(record.number)], part.units[column]) : null;
  }

  const scaled = (value, unit) => (value === null || value === undefined ? null : value / unit);

  async function whole(record) {
    if (!parts.has(record.part)) {
      const part = await coverage.load(`parts/${record.part}`);
      if (part) parts.set(record.part, { ...part, place: new Map(part.rows.map((row, place) => [row, place])) });
    }
    return parts.has(record.part);
  }

  /* What the run says of a commune in words: 'internet_note', 'internet_doubts', 'challenged'. */
  function saidOf(record, key) {
    const part = parts.get(record.part);
    const numbers = part && part.said[key];
    const number = numbers ? numbers[part.place.get(record.number)] : null;
    return number === null || number === undefined ? "" : part.texts[number];
  }

  function partFact(record, key) {
    const part = parts.get(record.part);
    return part && part[key] ? part[key][part.place.get(record.number)] : null;
  }

  /* Of what nobody gave there is no evidence, neither enough nor too little. */
  function evidenceOf(record, theme) {
    const number = evidence[theme] && !absent.has(theme) ? evidence[theme][record.number] : null;
    return number === null || number === undefined ? "" : EVIDENCE[number];
  }

  /* The better the evidence, the lower; null where there is none. */
  function evidenceRank(record, theme) {
    const known = evidenceOf(record, theme);
    return known ? EVIDENCE.indexOf(known) : null;
  }

  const isGraded = (record, theme) => evidenceOf(record, theme.key) !== "data-poor" && figure(record, theme.share_column) !== null;
  const nameOf = (record) => coverage.name(record.name) || record.code;
  const placeName = (number) => (number === null ? "" : coverage.name(places[number].names));
  const isWithin = (record, place) => record.district === place.number || record.province === place.number;

  /* The class of a commune in a layer: an index into its legend. */
  function classOf(record, layer) {
    if (layer.isAbsent) return layer.graded + 1;
    if (layer.themes.some((theme) => evidenceOf(record, theme) === "data-poor")) return layer.graded;
    if (layer.kind === "evidence") {
      const number = EVIDENCE.indexOf(evidenceOf(record, layer.themes[0]));
      return number < 0 ? layer.graded + 1 : number;
    }
    if (layer.kind === "both") {
      const steps = [layer.column, layer.other].map((column) => figure(record, column));
      if (steps.includes(null)) return layer.graded + 1;
      const [down, across] = steps.map((value) => layer.breaks.filter((edge) => value >= edge).length);
      return 3 * down + across;
    }
    const value = valueOf(record, layer);
    if (value === null) return layer.graded + 1;
    return layer.breaks.filter((edge) => (layer.rises ? value >= edge : value < edge)).length;
  }

  function valueOf(record, layer) {
    if (layer.kind === "change") return changeOf(record, layer.column);
    const value = figure(record, layer.column);
    if (layer.kind !== "width") return value;
    const low = figure(record, layer.other);
    return value === null || low === null ? null : Math.round((value - low) * 10000) / 10000;
  }

  /* Since the run that `since` holds: now less then, null where one of the two is missing. */
  const since = { run_date: "", columns: {}, units: {} };
  function changeOf(record, column) {
    const then = since.columns[column] ? scaled(since.columns[column][record.number], since.units[column]) : null;
    const now = figure(record, column);
    return now === null || then === null ? null : Math.round((now - then) * 10000) / 10000;
  }

  return { records, byCode, places, placeByKey, keyOf, figure, whole, saidOf, partFact, evidenceOf, evidenceRank, isGraded, nameOf, placeName,
           isWithin, classOf, valueOf, changeOf, since, isChallenged: (record) => challenged.has(record.number) };
})();
