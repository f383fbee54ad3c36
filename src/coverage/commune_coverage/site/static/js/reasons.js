/* What a run says of its figures, in the reader's language where the words have it. */
coverage.reasons = (function () {
  "use strict";

  const { element, data, communes } = coverage;
  const texts = () => data(`words-${coverage.language()}`);
  const SHARE = /\d+(\.\d+)?%/;

  /* A sentence of the run with the share in it, which the words have as {share}. */
  function told(sentence) {
    const [share] = sentence.match(SHARE) || [""];
    const known = texts()[sentence.replace(SHARE, "{share}")];
    return { text: known ? known.replace("{share}", coverage.digits(share.replace("%", "\u00a0%"))) : sentence, isKnown: Boolean(known) };
  }

  function reason(sentence, className) {
    const { text, isKnown } = told(sentence);
    return element("p", { class: className, lang: isKnown ? null : "en" }, text);
  }

  /* Doubts come as 'sentence (12.3% of people); sentence (…)'. */
  function doubt(part) {
    const [, sentence, share] = part.match(/^(.*) \((\d+(?:\.\d+)?%) of people\)$/) || [null, part, ""];
    const known = texts()[sentence];
    const of = share ? coverage.text("doubt_share", { share: share.replace("%", "\u00a0%") }) : "";
    return element("li", {}, element("span", { lang: known ? null : "en" }, known || sentence), of && element("small", {}, of));
  }

  function list(record, theme) {
    const note = communes.saidOf(record, `${theme}_note`);
    const doubts = communes.saidOf(record, `${theme}_doubts`);
    const found = note ? note.split("; ").map((sentence) => reason(sentence, "reason")) : [];
    if (doubts) {
      found.push(element("p", { class: "doubts-title" }, coverage.text("doubts", {})),
        element("ul", { class: "doubts" }, ...doubts.split("; ").map(doubt)));
    }
    return found;
  }

  return { list };
})();
