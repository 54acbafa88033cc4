// SPDX-License-Identifier: Apache-2.0
// Draws the charts of the HTML report from the data in the page (writers/chart.cpp) and filters its table of cases.
// Texts come from outside: they reach the page only as text of a canvas or a node, never as HTML.
"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("chart-data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const kPalette = 8;

  const bytes = (value) => {
    const units = ["", "K", "M", "G", "T"];
    let unit = 0;
    while (value >= 1024 && unit + 1 < units.length) { value /= 1024; unit += 1; }
    return Number(value.toPrecision(4)) + units[unit];
  };
  const number = (value) => Number(value.toPrecision(4)).toString();

  // The interval of each median, as a whisker over its point or bar.
  const whiskers = {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const context = chart.ctx;
      chart.data.datasets.forEach((dataset, index) => {
        const meta = chart.getDatasetMeta(index);
        if (meta.hidden) return;
        meta.data.forEach((element, place) => {
          const interval = dataset.intervals[place];
          if (!interval) return;
          const low = chart.scales.y.getPixelForValue(interval[0]);
          const high = chart.scales.y.getPixelForValue(interval[1]);
          if (Math.abs(low - high) < 3) return;
          context.save();
          context.strokeStyle = dataset.whisker;
          context.lineWidth = 1.2;
          context.beginPath();
          context.moveTo(element.x, low);
          context.lineTo(element.x, high);
          [low, high].forEach((y) => { context.moveTo(element.x - 3, y); context.lineTo(element.x + 3, y); });
          context.stroke();
          context.restore();
        });
      });
    },
  };

  const kDashes = { measured: [], limit: [7, 4], prediction: [2, 3] };
  const kMarks = ["circle", "rect", "triangle", "rectRot", "star", "cross", "rectRounded", "crossRot"];

  const dataset = (chart, series) => {
    const isLimit = series.role === "limit";
    const own = isLimit ? colour("limit") : colour("series-" + (series.colour % kPalette));
    const isBar = chart.form === "bar" && series.role === "measured";
    const shared = {
      label: series.label,
      data: series.points.map((point) => ({ x: point[0], y: point[1] })),
      intervals: series.points.map((point) => (point.length > 2 ? [point[2], point[3]] : null)),
      whisker: isBar ? colour("ink") : own,
      borderColor: own,
      backgroundColor: isBar ? own + "cc" : own,
    };
    if (isBar) return { ...shared, type: "bar", borderRadius: 3, maxBarThickness: 46, order: 2 };
    if (chart.form === "bar") {  // a mark across the bar that it belongs to
      return { ...shared, type: "line", showLine: false, pointStyle: "line", order: 1,
        pointRadius: isLimit ? 18 : 10, pointHoverRadius: isLimit ? 18 : 10, pointBorderWidth: isLimit ? 3 : 2 };
    }
    const isMeasured = series.role === "measured";
    return { ...shared, type: "line", borderDash: kDashes[series.role], borderWidth: isMeasured ? 2 : 1.5,
      pointRadius: isMeasured ? 3.5 : 0, pointHitRadius: 8,
      pointStyle: isMeasured ? kMarks[series.colour % kMarks.length] : "line", order: isMeasured ? 1 : 2 };
  };

  const scale = (chart, axis, isX) => {
    const ink = colour("soft");
    const options = {
      title: { display: true, text: axis.title, color: ink },
      grid: { color: colour("grid"), borderColor: colour("line") },
      ticks: { color: ink, maxRotation: 50, autoSkipPadding: 14 },
    };
    if (axis.kind === "category") {
      const labels = chart.categories;
      return { ...options, type: "linear", offset: true, min: -0.5, max: labels.length - 0.5,
        grid: { display: false }, afterBuildTicks: (built) => { built.ticks = labels.map((_, value) => ({ value })); },
        ticks: { ...options.ticks, callback: (value) => {
          const text = labels[value] ?? "";
          return text.length > 30 ? text.slice(0, 29) + "…" : text;
        } } };
    }
    if (axis.kind === "bytes") {
      const sizes = [...new Set(chart.series.flatMap((series) => series.points.map((point) => point[0])))];
      return { ...options, type: "logarithmic", afterBuildTicks: (built) => {
        built.ticks = sizes.sort((one, other) => one - other).map((value) => ({ value }));
      }, ticks: { ...options.ticks, callback: bytes } };
    }
    if (axis.kind === "logarithmic") {
      return { ...options, type: "logarithmic", ticks: { ...options.ticks, callback: (value) =>
        (/^[125]/.test(value.toExponential()) ? number(value) : null) } };
    }
    return { ...options, type: "linear", beginAtZero: !isX, ticks: { ...options.ticks, callback: number,
      ...(isX ? { precision: 0 } : {}) } };
  };

  const legendOf = (chart) => ({
    display: chart.series.length > 1,
    position: "bottom",
    labels: { color: colour("ink"), usePointStyle: true, boxWidth: 26, padding: 10, font: { size: 11 },
      filter: (item) => chart.series[item.datasetIndex].role !== "prediction" || chart.series.length < 5 },
  });

  const tooltipOf = (chart) => ({
    callbacks: {
      title: (items) => items.length === 0 ? "" :
        chart.x.kind === "bytes" ? bytes(items[0].parsed.x) : chart.categories[items[0].parsed.x] ?? chart.x.title + " " +
        items[0].parsed.x,
      label: (item) => {
        const interval = item.dataset.intervals[item.dataIndex];
        const range = interval ? " (" + number(interval[0]) + " to " + number(interval[1]) + ")" : "";
        return " " + item.dataset.label + ": " + number(item.parsed.y) + range;
      },
    },
  });

  // A prediction takes the colour of its measurement: shown or hidden with it, it needs no entry of its own.
  const configuration = (chart) => ({
    type: chart.form,
    data: { datasets: chart.series.map((series) => dataset(chart, series)) },
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      interaction: { mode: "nearest", intersect: false },
      scales: { x: scale(chart, chart.x, true), y: scale(chart, chart.y, false) },
      plugins: { legend: legendOf(chart), tooltip: tooltipOf(chart) },
    },
    plugins: [whiskers],
  });

  let drawn = [];
  const draw = () => {
    drawn.forEach((chart) => chart.destroy());
    drawn = [...document.querySelectorAll("canvas[data-chart]")].map((canvas) => {
      const chart = new Chart(canvas, configuration(charts[Number(canvas.dataset.chart)]));
      canvas.dataset.drawn = "yes";
      return chart;
    });
  };
  if (typeof Chart === "function") {
    draw();
    dark.addEventListener("change", draw);
    window.addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize()));
  }

  const filter = document.querySelector(".filter");
  if (filter) {
    filter.hidden = false;
    const rows = [...document.querySelectorAll("#all-cases tbody tr")];
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/);
      rows.forEach((row) => { row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word)); });
    });
  }
})();
