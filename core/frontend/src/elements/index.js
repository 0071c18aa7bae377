// Each element is loaded when a page first holds one. connectedCallback runs by itself after
// every swap, so there is no order in which things have to be started.
const ELEMENTS = {
  "tenon-chart": () => import("./chart.js"),
  "tenon-network": () => import("./network.js"),
  "tenon-kanban": () => import("./kanban.js"),
  "tenon-calendar": () => import("./calendar.js"),
  "tenon-dispatch": () => import("./dispatch.js"),
  "tenon-gantt": () => import("./gantt.js"),
  "tenon-lookup": () => import("./lookup.js"),
  "tenon-progress": () => import("./progress.js"),
  "tenon-lines": () => import("./lines.js"),
  "tenon-upload": () => import("./upload.js"),
  "tenon-mention": () => import("./mention.js"),
  "tenon-signature": () => import("./signature.js"),
};
const asked = new Set();

function look(root) {
  const found = root.querySelectorAll(":not(:defined)");
  for (const { localName } of root.matches?.(":not(:defined)") ? [root, ...found] : found) {
    if (!ELEMENTS[localName] || asked.has(localName)) continue;
    asked.add(localName);
    ELEMENTS[localName]().catch((error) => { console.error(error); asked.delete(localName); });
  }
}
look(document);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === 1) look(node);
}).observe(document.documentElement, { childList: true, subtree: true });

customElements.define("tenon-richtime", class extends HTMLElement {}); // behaviour/live.js writes it
