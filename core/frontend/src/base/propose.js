// A change that the server may refuse, or may want confirmed because of what follows from it.
import { ask } from "./ask.js";
import { t } from "./config.js";
import { call } from "./talk.js";
import { toast } from "./toast.js";

export function post(url, data) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(data)) if (value !== null && value !== undefined) form.append(name, value);
  return call("POST", url, undefined, { form });
}

// Posts `data` as a form; what is null is left out. An answer {confirm: {title, text, action, danger}} is a question; a yes posts
// again with confirmed=true. Gives the answer, or null if it was refused or given up: then
// the caller puts everything back. Reasons and messages were shown.
export async function propose(url, data) {
  try {
    let answer = await post(url, data);
    if (answer.confirm) {
      const { title = t("Change this?"), text, action = t("Change"), danger } = answer.confirm;
      if (!(await ask({ title, text, action, danger }))) return null;
      answer = await post(url, { ...data, confirmed: true });
    }
    if (answer.message) toast(answer.message, answer.kind ?? "success");
    return answer;
  } catch (fault) {
    toast(fault.message, fault.status === 409 || fault.status === 422 ? "warning" : "error");
    return null;
  }
}
