// <tenon-network src height peek>: who is connected with whom, as a graph that can be dragged.
import { css } from "../base/config.js";
import htmx from "../base/htmx.js";
import { Drawn } from "./drawing.js";

class TenonNetwork extends Drawn {
  static height = 520;

  option() {
    const { nodes, edges, categories = {} } = this.given;
    const keys = Object.keys(categories);
    const names = keys.map((key) => categories[key]);
    const many = nodes.length > 40;
    return {
      tooltip: { formatter: ({ dataType, data }) => (dataType === "edge" ? escape(data.label?.formatter ?? "") : `<b>${escape(data.name)}</b>`) },
      legend: names.length ? { data: names, left: 0, top: 0 } : undefined,
      series: [{
        type: "graph", layout: "force", roam: true, draggable: true, top: names.length ? 36 : 0,
        // started from a circle and drawn to the middle: ECharts does not fit the result to the box
        force: { initLayout: "circular", repulsion: many ? 220 : 520, gravity: 0.17, edgeLength: many ? [50, 110] : [90, 190], friction: 0.25 },
        label: { show: true, position: "bottom", color: css("--tn-ink"), fontSize: 12, formatter: ({ name }) => (name.length > 18 ? `${name.slice(0, 17)}…` : name) },
        edgeLabel: { show: !many, fontSize: 10.5, color: css("--tn-ink-3") },
        lineStyle: { color: css("--tn-line"), curveness: 0.12, opacity: 1 },
        emphasis: { focus: "adjacency", lineStyle: { color: css("--tn-primary") } },
        categories: names.map((name) => ({ name })),
        data: nodes.map((node) => ({
          id: String(node.id), name: node.label, url: node.url, category: categories[node.category], symbolSize: 10 + 9 * (node.size ?? 2),
          ...(node.tone ? { itemStyle: { color: css(`--tn-${node.tone}`) } } : {}),
        })),
        links: edges.map((link) => ({
          source: String(link.source), target: String(link.target), label: { show: Boolean(link.label) && !many, formatter: link.label ?? "" },
          lineStyle: { width: link.width ?? 1, ...(link.tone ? { color: css(`--tn-${link.tone}`) } : {}) },
        })),
      }],
    };
  }
  follow({ data }) {
    if (!data?.url?.startsWith("/")) return;
    if (this.hasAttribute("peek")) htmx.ajax("GET", data.url, { target: "#drawer-body" });
    else location.assign(data.url);
  }
}
const escape = (text) => String(text).replace(/[&<>"]/g, (found) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[found]);
customElements.define("tenon-network", TenonNetwork);
