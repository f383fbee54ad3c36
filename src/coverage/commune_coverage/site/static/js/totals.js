/* The gap of a place: the run's own figure of the nation, of a province or district the sum of its communes. */
coverage.totals = (function () {
  "use strict";

  const { text, said, people, share, communes, ranges } = coverage;
  const NATION = "nation:";
  const SHARE_UNIT = 10000;

  function summed(theme, place) {
    const known = communes.records.filter((record) => communes.isWithin(record, place) && communes.isGraded(record, theme) &&
      communes.figure(record, theme.people_column) !== null);
    const [gap, all] = [theme.people_column, "people"].map((column) => known.reduce((sum, record) => sum + communes.figure(record, column), 0));
    return { gap, people: all, share: all ? gap / all : null };
  }

  function national({ national: { gap, share: part, people: all } }) {
    return { gap, people: all, share: part === null ? null : part / SHARE_UNIT };
  }

  /* Of a place by its key, '' for the nation; null where the gap is not known. */
  function of(theme, key) {
    const place = communes.placeByKey.get(key);
    const figures = place ? summed(theme, place) : national(theme);
    if (figures.share === null) return null;
    return { ...figures, range: ranges.ofArea(place ? key : NATION, theme.share_column) };
  }

  /* In lines: how many, what share with its range, and what the range stands for. */
  function told(theme, key) {
    const figures = of(theme, key);
    if (!figures) return [];
    const shown = text("share_of_known", { share: share(figures.share), people: people(figures.people) });
    const gap = figures.gap === null ? [] : [`${people(figures.gap)} ${said(theme.gap)}`];
    return [...gap, ranges.withRange(shown, figures.range), ranges.about(figures.range)].filter(Boolean);
  }

  return { of, told };
})();
