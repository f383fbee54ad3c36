/* The page of changes: the run to compare with is chosen here, and its figures are taken from a file of their own. */
coverage.beforeMap = function (shown) {
  "use strict";

  const { page, element, communes, address, day } = coverage;
  const select = document.getElementById("since");
  const label = document.getElementById("since-label");

  async function since(run_date) {
    const found = run_date ? await coverage.load(`updates/run_date-${run_date}`) : null;
    Object.assign(communes.since, found ? { run_date, ...found } : { run_date: "", columns: {}, units: {} });
    shown.repaint();
  }

  function tell(state) {
    const updates = [...page.updates].reverse();
    select.replaceChildren(...updates.map((run_date) => element("option", { value: run_date }, day(run_date))));
    select.value = updates.includes(state.since) ? state.since : updates[0] || "";
    select.hidden = label.hidden = updates.length === 0;
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
