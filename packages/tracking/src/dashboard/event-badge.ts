import type { MailEventType } from "@mail/core";
import { type Html, html } from "./html.ts";

type Tone = "good" | "middling" | "bad" | "neutral";

const tones: Readonly<Record<MailEventType, Tone>> = {
  queued: "neutral",
  sent: "neutral",
  delivered: "good",
  deferred: "middling",
  bounced: "middling",
  rejected: "bad",
  failed: "bad",
  complained: "bad",
  unsubscribed: "middling",
  subscribed: "good",
  opened: "good",
  clicked: "good",
  unknown: "neutral",
};

/** The name of a type; bounces and rejections say whether they are for good. */
export function eventBadge(type: MailEventType, permanent?: boolean): Html {
  const bounced = type === "bounced" || type === "rejected";
  const tone = type === "bounced" && permanent === true ? "bad" : tones[type];
  return html`<span class="badge ${tone}">${eventName(type)}${bounced && permanent !== undefined && (permanent ? " for good" : " for now")}</span>`;
}

/** With a capital letter. */
export function eventName(type: MailEventType): string {
  return type.charAt(0).toUpperCase() + type.slice(1);
}
