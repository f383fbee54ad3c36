/* Says when another update than the page's own is published. A page that was opened from a disk asks nothing. */
coverage.newer = (function () {
  "use strict";

  const { page, element, text } = coverage;
  const EVERY_MS = 10 * 60 * 1000;
  const AT_MOST_EVERY_MS = 60 * 1000;
  const place = document.getElementById("newer");
  let asked = -AT_MOST_EVERY_MS;
  let told = page.filesAt;

  function said(tag, key, values, attributes) {
    return element(tag, { ...attributes, "data-words": key, "data-values": JSON.stringify(values) }, text(key, values));
  }

  /* The same address leads to the newer update; a browser that is there already has to load it again. */
  function linkToSameView() {
    const link = said("a", "newer_link", {}, { href: location.href });
    for (const event of ["focus", "pointerenter"]) link.addEventListener(event, () => { link.href = location.href; });
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      location.reload();
    });
    return link;
  }

  function tell(shown) {
    const { run, run_date: day } = shown || {};
    const isTold = [run, day].every((each) => typeof each === "string") && /^\d{4}-\d\d-\d\d$/.test(day);
    if (!isTold || run === told) return;
    told = run;
    if (run === page.filesAt) {
      place.replaceChildren();
      return;
    }
    const key = day < page.run_date ? "newer_withdrawn" : "newer_there";
    place.replaceChildren(element("p", {}, said("span", key, { day }, {}), " ", linkToSameView()));
  }

  /* A server that does not answer now is asked again later. */
  async function ask() {
    if (document.hidden || performance.now() - asked < AT_MOST_EVERY_MS) return;
    asked = performance.now();
    try {
      const answer = await fetch(page.pointer, { cache: "no-store", credentials: "omit" });
      if (answer.ok) tell(await answer.json());
    } catch {
      return;
    }
  }

  function start() {
    if (!page.pointer || !/^https?:$/.test(location.protocol)) return;
    for (const event of ["load", "pageshow", "missing"]) window.addEventListener(event, ask);
    document.addEventListener("visibilitychange", ask);
    setInterval(ask, EVERY_MS);
  }

  start();
  return { ask, tell };
})();
