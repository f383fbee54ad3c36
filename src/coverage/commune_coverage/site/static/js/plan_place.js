/* Where a plan's pages stand in a site: a way back to its maps. */
(function () {
  "use strict";

  const IN_A_SITE = /\/plans\/[^/]+\/[^/]+\.html$/;
  if (!IN_A_SITE.test(location.pathname)) return;
  const { element } = coverage;
  const words = element("span", { "data-words": "rollout_back", "data-values": "{}" });
  const tabs = document.querySelector(".tabs");
  tabs.prepend(element("a", { href: "../../rollout.html" }, words));
  coverage.retell(tabs);
})();
