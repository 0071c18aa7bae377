// <tenon-upload post="/files" name="files" accept=".pdf,image/*" multiple max="52428800">
// Sends each file at once and leaves hidden fields with their ids; without `post` the form does.
import { $, config, make, sign, t } from "../base/config.js";
import { formatBytes } from "../base/formats.js";
import { explain, meaning, parsed } from "../base/talk.js";

class TenonUpload extends HTMLElement {
  connectedCallback() {
    this.field = $('input[type="file"]', this);
    if (!this.field) {
      this.field = make("input", { type: "file", accept: this.getAttribute("accept") ?? "", multiple: this.hasAttribute("multiple"), "aria-label": this.getAttribute("label") ?? t("Choose files") });
      this.prepend(this.field);
    }
    if (!this.hasAttribute("post")) this.field.name ||= this.getAttribute("name") ?? "files";
    this.list ??= $(".tn-files", this) ?? this.appendChild(make("ul", { class: "tn-files" }));
    this.field.onchange = () => this.take(this.field.files);
    this.ondragover = (event) => { event.preventDefault(); this.classList.add("is-over"); };
    this.ondragleave = () => this.classList.remove("is-over");
    this.ondrop = (event) => {
      event.preventDefault();
      this.classList.remove("is-over");
      if (this.hasAttribute("post")) return this.take(event.dataTransfer.files);
      this.field.files = event.dataTransfer.files;
      this.take(this.field.files);
    };
    // A picture in the clipboard is a file, too: screenshots, photos of type plates.
    this.onPaste = (event) => { if (event.clipboardData?.files.length && this.hasAttribute("post")) { event.preventDefault(); this.take(event.clipboardData.files); } };
    this.closest("form")?.addEventListener("paste", this.onPaste);
  }
  disconnectedCallback() { this.closest("form")?.removeEventListener("paste", this.onPaste); }

  take(files) {
    if (!this.hasAttribute("multiple") || !this.hasAttribute("post")) this.list.replaceChildren();
    for (const file of this.hasAttribute("multiple") ? files : [...files].slice(0, 1)) this.add(file);
    if (this.hasAttribute("post")) this.field.value = "";
  }
  add(file) {
    const state = make("small", {}, formatBytes(file.size));
    const row = make("li", {}, make("span", { title: file.name }, file.name), state);
    this.list.append(row);
    const limit = Number(this.getAttribute("max"));
    if (limit && file.size > limit) return this.refuse(row, state, t("Larger than {limit}", { limit: formatBytes(limit) }));
    if (this.hasAttribute("post")) this.send(file, row, state);
  }
  send(file, row, state) {
    const bar = make("progress", { max: 1, value: 0 });
    const request = new XMLHttpRequest(); // fetch tells nothing of how much was sent
    const stop = make("button", { type: "button", class: "tn-ghost is-sm", "aria-label": t("Remove"), onclick: () => { request.abort(); row.remove(); this.changed(); } }, sign("x", "is-sm"));
    row.append(bar, stop);
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    request.onerror = () => { bar.remove(); this.refuse(row, state, meaning(0)); };
    request.onload = () => {
      bar.remove();
      const answer = parsed(request.responseText);
      if (request.status >= 400) return this.refuse(row, state, explain(answer, request.status));
      const found = Array.isArray(answer.items) ? answer.items[0] : answer;
      row.append(make("input", { type: "hidden", name: this.getAttribute("name") ?? "files", value: found.id }));
      if (found.url?.startsWith("/")) row.firstChild.replaceWith(make("span", {}, make("a", { href: found.url, target: "_blank" }, found.name ?? file.name)));
      this.changed(found);
    };
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", this.getAttribute("post"));
    request.setRequestHeader("x-csrf-token", config.csrf ?? "");
    request.setRequestHeader("accept", "application/json");
    request.send(form);
  }
  refuse(row, state, reason) {
    row.classList.add("is-red");
    state.textContent = reason;
    state.setAttribute("role", "alert");
  }
  changed(detail) {
    this.dispatchEvent(new CustomEvent("tenon:uploaded", { bubbles: true, detail }));
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
customElements.define("tenon-upload", TenonUpload);
