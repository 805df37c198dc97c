import { type Html, html } from "./html.ts";
import { signIcon } from "./icons.ts";

export function notice(tone: "good" | "bad", text: string): Html {
  const role = tone === "bad" ? "alert" : "status";
  return html`<p class="alert ${tone}" role="${role}">${signIcon(tone)}<span>${text}</span></p>`;
}
