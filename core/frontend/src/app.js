// The whole of it; what a plugin's module may import from "tenon" stands at the end.
import htmx from "./base/htmx.js";
import "htmx.org/dist/ext/hx-sse.js";
import "./behaviour/requests.js";
import "./behaviour/overlays.js";
import "./behaviour/lists.js";
import "./behaviour/listing.js";
import "./behaviour/keys.js";
import "./behaviour/forms.js";
import "./behaviour/live.js";
import "./elements/index.js";

export { htmx };
export { announce, config, css, make, t } from "./base/config.js";
export { ask, askFor, choose } from "./base/ask.js";
export { ago, formatNumber, formatters } from "./base/formats.js";
export { call, Fault, getJSON, postJSON, send } from "./base/talk.js";
export { toast } from "./base/toast.js";
