// What charts and networks share: ECharts on demand, our colours, light and dark, a PNG.
import { config, css, isStill, make, sign, t } from "../base/config.js";
import { formatters } from "../base/formats.js";
import { getJSON } from "../base/talk.js";

let library;
const load = () => (library ??= import("../echarts.js"));
const COLOURS = ["--tn-c1", "--tn-c2", "--tn-c3", "--tn-c4", "--tn-c5", "--tn-c6"];

// "$primary" becomes the token's colour of the moment, "@money" the function of that name.
export function resolve(given) {
  if (Array.isArray(given)) return given.map(resolve);
  if (given && typeof given === "object") return Object.fromEntries(Object.entries(given).map(([key, part]) => [key, resolve(part)]));
  if (typeof given !== "string") return given;
  if (given.startsWith("$")) return css(`--tn-${given.slice(1)}`) || given;
  return formatters[given] ?? given;
}

export class Drawn extends HTMLElement {
  static observedAttributes = ["src"];

  connectedCallback() {
    this.style.height = `${this.getAttribute("height") || this.constructor.height}px`;
    this.load();
  }
  attributeChangedCallback(_name, before, after) {
    if (this.chart && before !== after) this.load();
  }
  disconnectedCallback() {
    this.watcher?.disconnect();
    document.removeEventListener("tenon:theme", this.redraw);
    document.removeEventListener("charts:refresh", this.reload);
    this.chart?.dispose();
    this.chart = null;
  }
  // Also what a page calls after a change: element.load(), or HX-Trigger "charts:refresh".
  async load() {
    const turn = (this.turn = {});
    this.classList.add("is-loading");
    this.classList.remove("is-failed");
    try {
      const [echarts, data] = await Promise.all([load(), this.data()]);
      if (turn !== this.turn || !this.isConnected) return;
      Object.assign(this, { echarts, given: data });
      if (data.empty) { this.given = null; return this.say(data.empty); }
      this.watch();
      if (this.clientWidth) this.draw(); // in a tab that is not shown: when it is
    } catch (error) {
      if (turn === this.turn) this.say(t("This could not be loaded."), error);
    } finally {
      if (turn === this.turn) this.classList.remove("is-loading");
    }
  }
  data() {
    const inline = this.querySelector('script[type="application/json"]');
    this.inline ??= inline?.textContent;
    return this.inline ? JSON.parse(this.inline) : getJSON(this.getAttribute("src"));
  }
  watch() {
    if (this.watcher) return;
    this.redraw = () => this.chart && this.draw();
    this.reload = () => this.load();
    this.watcher = new ResizeObserver(() => {
      if (this.chart) this.chart.resize();
      else if (this.clientWidth && this.given) this.draw();
    });
    this.watcher.observe(this);
    document.addEventListener("tenon:theme", this.redraw);
    document.addEventListener("charts:refresh", this.reload);
  }
  draw() {
    this.chart?.dispose();
    this.replaceChildren();
    this.chart = this.echarts.init(this, null, { renderer: "svg", locale: config.locale?.startsWith("zh") ? "ZH" : "EN" });
    this.chart.setOption(this.dressed());
    this.chart.on("click", (point) => this.follow(point));
    if (this.hasAttribute("download")) this.append(this.tools());
  }
  dressed() {
    const option = resolve(this.option());
    const label = this.getAttribute("label");
    return {
      color: COLOURS.map(css), backgroundColor: "transparent", animationDuration: isStill() ? 0 : 400,
      aria: { enabled: true, ...(label ? { label: { description: label } } : {}) },
      textStyle: { fontFamily: css("--tn-font"), color: css("--tn-ink-2") },
      ...option,
      ...(option.tooltip ? { tooltip: { backgroundColor: css("--tn-surface"), borderColor: css("--tn-line"), textStyle: { color: css("--tn-ink"), fontSize: 12 }, confine: true, ...option.tooltip } } : {}),
      ...(option.legend ? { legend: { icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: { color: css("--tn-ink-2"), fontSize: 12 }, inactiveColor: css("--tn-line"), ...option.legend } } : {}),
    };
  }
  say(text, error) {
    if (error) console.warn(error);
    this.chart?.dispose();
    this.chart = null;
    this.classList.add("is-failed");
    this.replaceChildren(make("span", {}, text));
  }
  tools() {
    const button = make("button", { type: "button", class: "tn-ghost is-sm", "aria-label": t("Save as picture"), title: t("Save as picture"), onclick: () => this.save() }, sign("download"));
    return make("div", { class: "tn-chart-tools" }, button);
  }
  // The page shows SVG; a file that everything opens is drawn once more, on a canvas.
  save() {
    const holder = make("div", { style: `position:fixed;left:-10000px;width:${this.clientWidth}px;height:${this.clientHeight}px` });
    document.body.append(holder);
    const copy = this.echarts.init(holder, null, { renderer: "canvas" });
    copy.setOption({ ...this.dressed(), animation: false });
    const href = copy.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: css("--tn-surface") });
    copy.dispose();
    holder.remove();
    make("a", { href, download: `${this.getAttribute("download") || "chart"}.png` }).click();
  }
}
