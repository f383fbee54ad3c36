/* What the reader has chosen lives in the address after '#', so that an address can be shared: 'commune.html#010201',
   'internet.html#commune=010201&layer=covered_4g_share&lang=en'. */
coverage.address = (function () {
  "use strict";

  const OF_ALL_PAGES = ["commune", "place", "lang"];
  const BARE = coverage.page.page === "commune";
  const listeners = [];
  let state = read();

  function read() {
    const hash = location.hash.slice(1);
    const first = hash.split("&")[0];
    const isBare = first !== "" && !first.includes("=");
    const found = Object.fromEntries(new URLSearchParams(isBare ? hash.slice(first.length) : hash));
    if (isBare) found.commune = decoded(first);
    return { commune: "", place: "", layer: "", ...found, lang: found.lang || coverage.page.languages[0] };
  }

  /* What is no encoded text ('%zz') is taken as it stands: nobody else's address stops the page. */
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function write(parts, isBare) {
    const { commune, ...others } = parts;
    const named = Object.entries(isBare ? others : parts).filter(([, value]) => value);
    const rest = new URLSearchParams(named).toString();
    return "#" + (isBare && commune ? [encodeURIComponent(commune), rest].filter(Boolean).join("&") : rest);
  }

  function link(page, commune) {
    const kept = Object.fromEntries(OF_ALL_PAGES.map((key) => [key, state[key]]));
    if (commune) Object.assign(kept, { commune, place: "" });
    return page + write(kept, page === "commune.html");
  }

  /* Of a page without a map: where a place or a spot is shown. */
  const onMap = ({ place, spot }) => `internet.html#${new URLSearchParams(spot ? { spot, lang: state.lang } : { place, lang: state.lang })}`;

  function tell(before) {
    if (state.lang !== before.lang) coverage.speak(state.lang);
    for (const anchor of document.querySelectorAll("a[data-page]")) {
      anchor.href = link(anchor.dataset.page, anchor.dataset.code);
    }
    for (const listener of listeners) listener(state, before);
  }

  /* An empty string forgets a part. */
  function change(parts) {
    const before = state;
    state = { ...state, ...parts };
    location.replace(write(state, BARE));
    tell(before);
  }

  /* Parts that nothing on the page has to follow. */
  function note(parts) {
    state = { ...state, ...parts };
    history.replaceState(null, "", write(state, BARE));
  }

  function follow(listener) {
    listeners.push(listener);
    listener(state, {});
  }

  window.addEventListener("hashchange", () => {
    const before = state;
    state = read();
    if (write(state, BARE) !== write(before, BARE)) tell(before);
  });
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => change({ lang: button.dataset.language }));
  }
  tell({});
  return { change, note, follow, link, onMap, state: () => state };
})();
