/* What the reader has chosen lives in the address after '#': commune, layer and language. */
coverage.address = (function () {
  "use strict";

  const listeners = [];
  let state = read();

  function read() {
    const parameters = new URLSearchParams(location.hash.slice(1));
    const value = (key) => parameters.get(key) || "";
    return { commune: value("commune"), layer: value("layer"), lang: value("lang") || coverage.page.languages[0] };
  }

  function write(parts) {
    return "#" + new URLSearchParams(Object.entries(parts).filter(([, value]) => value)).toString();
  }

  function link(page, commune) {
    return page + write({ commune: commune || state.commune, lang: state.lang });
  }

  function tell(before) {
    coverage.speak(state.lang);
    for (const anchor of document.querySelectorAll("a[data-page]")) anchor.href = link(anchor.dataset.page);
    for (const listener of listeners) listener(state, before);
  }

  function change(parts) {
    const before = state;
    state = { ...state, ...parts };
    location.replace(write(state));
    tell(before);
  }

  function follow(listener) {
    listeners.push(listener);
    listener(state, { commune: null, layer: null, lang: null });
  }

  window.addEventListener("hashchange", () => {
    const before = state;
    state = read();
    if (write(state) !== write(before)) tell(before);
  });
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => change({ lang: button.dataset.language }));
  }
  tell(state);
  return { change, follow, link };
})();
