"use strict";
// Draws the figures with the colours of the page, anew when it turns dark or light, wide or narrow.
(() => {
  const named = /^var\((--[\w-]+)\)$/;
  const style = () => getComputedStyle(document.documentElement);
  const coloured = (value, of) => {
    if (typeof value === "string") {
      const found = named.exec(value);
      return found ? of.getPropertyValue(found[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map((item) => coloured(item, of));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, of)]));
    }
    return value;
  };
  const draw = () => {
    for (const place of document.querySelectorAll("[data-figure]")) {
      const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
      const { data, layout } = coloured(figure, style());
      // Below that width words of the usual size run into each other.
      if (place.clientWidth < 560) {
        layout.font.size = 10;
        layout.xaxis.tickfont = { size: 9 };
      }
      Plotly.react(place, data, layout, { responsive: true, displaylogo: false, displayModeBar: false });
    }
  };
  draw();
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
