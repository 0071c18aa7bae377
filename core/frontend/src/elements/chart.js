// <tenon-chart src="/…/revenue.json" height="260" download="revenue" label="Revenue by month">
// The server sends a plain ECharts option; see docs/web-elements.md.
import { css } from "../base/config.js";
import { Drawn } from "./drawing.js";

const axis = (given) => ({
  axisLine: { lineStyle: { color: css("--tn-line") } }, axisTick: { show: false }, splitLine: { lineStyle: { color: css("--tn-line-soft") } },
  nameTextStyle: { color: css("--tn-ink-3"), fontSize: 11 }, ...given, axisLabel: { color: css("--tn-ink-3"), fontSize: 11, ...given.axisLabel },
});

class TenonChart extends Drawn {
  static height = 240;

  option() {
    const option = structuredClone(this.given);
    delete option.drill;
    for (const key of ["xAxis", "yAxis"]) {
      if (option[key]) option[key] = Array.isArray(option[key]) ? option[key].map(axis) : axis(option[key]);
    }
    return option;
  }
  // A point's own url, or the chart's pattern: "/sales/project?stage={name}". Only of this site.
  follow(point) {
    const pattern = point.data?.url ?? this.given.drill;
    if (!pattern?.startsWith("/") || pattern.startsWith("//")) return;
    const values = { name: point.name, series: point.seriesName, value: point.value, index: point.dataIndex, ...point.data };
    location.assign(pattern.replace(/\{(\w+)\}/g, (_whole, name) => encodeURIComponent(values[name] ?? "")));
  }
  draw() {
    super.draw();
    const follows = this.given.drill || JSON.stringify(this.given).includes('"url"');
    this.chart.getZr().setCursorStyle(follows ? "pointer" : "default");
  }
}
customElements.define("tenon-chart", TenonChart);
