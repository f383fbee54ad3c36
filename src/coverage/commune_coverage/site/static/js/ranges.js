/* Which range a figure has, as ranges.py decides it: a 90 % interval of draws, a model range, or none that is known. */
coverage.ranges = (function () {
  "use strict";

  const { text, people, share, communes } = coverage;
  const { columns, areas } = coverage.data("ranges");
  const UNKNOWN = { kind: "unknown" };
  const SHARE_UNIT = 10000;
  const partOf = (whole) => (whole === null || whole === undefined ? null : whole / SHARE_UNIT);

  /* Of a share of one commune. */
  function ofCommune(record, column) {
    if (!columns[column]) return UNKNOWN;
    const [kind, ...names] = columns[column];
    const [low, high, estimate, outside] = names.map((name) => (name ? communes.figure(record, name) : null));
    if (low === null || high === null) return UNKNOWN;
    return { kind, low, high, estimate, people: communes.figure(record, "people"), isOutside: Boolean(outside) };
  }

  /* Of a share of the nation ('nation:'), a province or a district. */
  function ofArea(key, column) {
    const own = (areas[column] || {})[key];
    if (!own) return UNKNOWN;
    const [kind, low, high, lived, estimate, outside] = own;
    return { kind, low: partOf(low), high: partOf(high), people: lived, estimate: partOf(estimate), isOutside: Boolean(outside) };
  }

  /* Two figures with their unit once, on one line. */
  const joined = (low, high) => (low === high ? low : `${low.replace(/\s%$/, "")}–\u2060${high}`);
  const shares = (range) => (range.kind === "unknown" ? "" : joined(share(range.low), share(range.high)));
  const isSame = (range) => range.kind === "model" && share(range.low) === share(range.high);
  const said = (range) => text(isSame(range) ? "range_same" : `range_${range.kind}`, { range: shares(range) });

  /* Of how many people it is, what the draws say, and whether the run's own figure lies outside. */
  function about(range) {
    if (range.kind === "unknown" || !range.people) return "";
    const counted = joined(...[range.low, range.high].map((end) => people(coverage.halfUp(end * range.people))));
    if (range.kind !== "interval") return text("range_people", { people: counted });
    const told = text("drawn_interval", { estimate: share(range.estimate), people: counted });
    return range.isOutside ? `${told} ${text("drawn_outside", {})}` : told;
  }

  const withRange = (shown, range) => `${shown} (${said(range)})`;

  return { ofCommune, ofArea, shares, said, about, withRange };
})();
