/* The page of changes: the night to compare with is chosen here, and its figures are taken from a file of their own. */
coverage.beforeMap = function (shown) {
  "use strict";

  const { page, element, text, communes, address, day } = coverage;
  const select = document.getElementById("since");
  const label = document.getElementById("since-label");

  async function since(night) {
    const found = night ? await coverage.load(`nights/night-${night}`) : null;
    Object.assign(communes.since, found ? { night, ...found } : { night: "", columns: {}, units: {} });
    shown.repaint();
  }

  function tell(state) {
    const nights = [...page.nights].reverse();
    select.replaceChildren(...nights.map((night) => element("option", { value: night }, day(night))));
    select.value = nights.includes(state.since) ? state.since : nights[0] || "";
    select.hidden = label.hidden = nights.length === 0;
  }

  select.addEventListener("change", () => address.change({ since: select.value }));
  address.follow((state, before) => {
    tell(state);
    if (state.since !== before.since || before.lang === undefined) since(select.value);
  });
  for (const link of document.querySelectorAll("button[data-code]")) {
    link.addEventListener("click", () => address.change({ commune: link.dataset.code, layer: link.dataset.layer }));
  }
};
