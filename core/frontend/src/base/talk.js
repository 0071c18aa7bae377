// Talking to the server: two ways, and one account of what went wrong.
import { config, t } from "./config.js";
import htmx from "./htmx.js";

// What a refusal means; `fields` are texts by field name, `status` 0 is no connection.
export class Fault extends Error {
  constructor(status, message, fields = {}, problem = {}) {
    super(message);
    Object.assign(this, { status, fields, problem });
  }
}

export function meaning(status) {
  return {
    0: t("No connection to the server. Nothing was lost; try again."),
    401: t("Your session has ended. Log in again."),
    403: t("You are not allowed to do this."),
    404: t("This record no longer exists."),
    409: t("Somebody else changed this. Load the page again to see it."),
    412: t("Somebody else changed this record. Load it again to see the new version."),
    413: t("This file is too large."),
    422: t("Something is missing or wrong. Look at the marked fields."),
    429: t("Too many requests. Wait a moment and try again."),
    503: t("The server is busy or being updated. Try again in a moment."),
  }[status] ?? t("The server could not do this. Nothing was changed.");
}

// The text of a problem document, with the reasons of every refusal.
export function explain(problem, status) {
  const reasons = (problem.refusals ?? []).map((refusal) => refusal.message).filter(Boolean);
  return reasons.length ? reasons.join(" ") : problem.detail || problem.title || meaning(status);
}

// JSON to the server and back. Raises Fault; 204 gives {}.
export async function call(method, url, data, { form, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (!/^(GET|HEAD)$/.test(method)) headers["x-csrf-token"] = config.csrf ?? "";
  let body;
  if (form) body = form;
  else if (data !== undefined) [body, headers["Content-Type"]] = [JSON.stringify(data), "application/json"];
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Fault(0, meaning(0));
  }
  const text = await response.text();
  const answer = parsed(text);
  if (!response.ok) throw new Fault(response.status, explain(answer, response.status), answer.fields, answer);
  return answer;
}

export const getJSON = (url, options) => call("GET", url, undefined, options);
export const postJSON = (url, data) => call("POST", url, data);

export function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// A form-encoded request through htmx, so that toasts, <hx-partial> and events of the answer
// apply. Gives {ok, status}; what went wrong was told already.
export async function send(method, url, values, source = document.body) {
  let answer = { ok: false, status: 0 };
  // On the document: the answer may have taken the source out of the page.
  const note = ({ detail }) => {
    if (detail.ctx.sourceElement !== source) return;
    const status = detail.ctx.response?.status ?? 0;
    answer = { ok: status >= 200 && status < 400, status };
  };
  document.addEventListener("htmx:finally:request", note);
  try {
    await htmx.ajax(method, url, { values, source, target: document.body, swap: "none" });
  } finally {
    document.removeEventListener("htmx:finally:request", note);
  }
  return answer;
}
