/* Pages of a plan without a map: the language, and a search that leads to the map. */
(function () {
  "use strict";

  const { address } = coverage;
  coverage.search.start((parts) => {
    location.assign(address.link("plan.html", parts.commune || ""));
  });
  address.follow(() => {});
})();
