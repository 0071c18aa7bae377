// <tenon-signature name="signature">: signed with a finger; the field gets a PNG as data URL.
import { $, make, t } from "../base/config.js";

class TenonSignature extends HTMLElement {
  connectedCallback() {
    if (this.canvas) return;
    this.field = $("input", this) ?? this.appendChild(make("input", { type: "hidden", name: this.getAttribute("name") ?? "signature" }));
    this.canvas = make("canvas", { "aria-label": this.getAttribute("label") ?? t("Sign here"), role: "img", tabIndex: 0 });
    const clear = make("button", { type: "button", class: "btn btn-sm", onclick: () => this.clear() }, t("Clear"));
    this.append(make("div", { class: "tn-signature" }, this.canvas), make("div", { class: "tn-signature-foot" }, make("small", { class: "tn-meta" }, t("Sign with a finger or the mouse.")), make("span", { class: "tn-push" }), clear));
    this.strokes = [];
    this.canvas.addEventListener("pointerdown", (event) => this.start(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.end());
    this.watcher = new ResizeObserver(() => this.draw()); // a turned phone keeps the strokes
    this.watcher.observe(this.canvas);
  }
  disconnectedCallback() { this.watcher?.disconnect(); }

  // Shares of the box, so that strokes survive a change of its size.
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }
  start(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = [this.point(event)];
    this.strokes.push(this.stroke);
  }
  move(event) {
    if (!this.stroke) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) this.stroke.push(this.point(part));
    this.draw();
  }
  end() {
    if (!this.stroke) return;
    this.stroke = null;
    this.draw();
    this.field.value = this.canvas.toDataURL("image/png");
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  clear() {
    this.strokes = [];
    this.field.value = "";
    this.draw();
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const ratio = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    Object.assign(pen, { lineWidth: 2.2, lineCap: "round", lineJoin: "round", strokeStyle: "#10203c" });
    for (const stroke of this.strokes) {
      pen.beginPath();
      stroke.forEach(([x, y], i) => {
        if (!i) return pen.moveTo(x * width, y * height);
        const [px, py] = stroke[i - 1];
        pen.quadraticCurveTo(px * width, py * height, ((px + x) / 2) * width, ((py + y) / 2) * height);
      });
      if (stroke.length === 1) pen.lineTo(stroke[0][0] * width + 0.1, stroke[0][1] * height);
      pen.stroke();
    }
  }
}
customElements.define("tenon-signature", TenonSignature);
