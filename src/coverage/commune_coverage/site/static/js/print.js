/* Maps get their size on paper before the page is printed, show what they showed, or the country where all of it was
   seen, and go back to where they were. */
coverage.printMaps = function (maps, whole) {
  "use strict";

  let views = [];
  let copies = [];

  function resize(isPrinting) {
    document.body.classList.toggle("printing", isPrinting);
    for (const map of maps) map.invalidateSize({ animate: false });
  }

  /* Chromium prints a canvas that was drawn just now by drawing it again, with white where it is clear: a copy is printed. */
  function copied(canvas) {
    const copy = canvas.cloneNode();
    if (canvas.width && canvas.height) copy.getContext("2d").drawImage(canvas, 0, 0);
    canvas.after(copy);
    canvas.hidden = true;
    return [canvas, copy];
  }

  window.addEventListener("beforeprint", () => {
    views = maps.map((map) => [map.getCenter(), map.getZoom()]);
    const bounds = maps.map((map) => (whole.isValid() && map.getBounds().pad(0.01).contains(whole) ? whole : map.getBounds()));
    resize(true);
    maps.forEach((map, number) => map.fitBounds(bounds[number], { animate: false }));
    copies = maps.flatMap((map) => [...map.getContainer().querySelectorAll("canvas")].map(copied));
  });
  window.addEventListener("afterprint", () => {
    for (const [canvas, copy] of copies) {
      copy.remove();
      canvas.hidden = false;
    }
    resize(false);
    maps.forEach((map, number) => map.setView(...views[number], { animate: false }));
  });
};
