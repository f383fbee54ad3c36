/* Changes: communes are links to their maps, and the search leads there too. */
(function () {
  "use strict";

  const { page, address } = coverage;

  for (const link of document.querySelectorAll("a[data-code]")) {
    link.href = address.link(link.dataset.map, link.dataset.code);
  }
  coverage.search.start(page.communes, (record) => location.assign(address.link("internet.html", record.code)));
  address.follow(() => {});
})();
