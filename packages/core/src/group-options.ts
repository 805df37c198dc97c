import { misconfigured } from "./configuration-error.ts";
import { checkOptions, timeLimitRule } from "./option-rules.ts";
import type { Transport } from "./transport.ts";
import { requireTransport } from "./transport-registry.ts";

export interface GroupOptions {
  /** Default: the mailer's key, else the group's name. */
  readonly label?: string | undefined;
  /** How long a member that failed is tried last, in milliseconds. Default 30,000. */
  readonly cooldownMs?: number | undefined;
  /** Time for one member in milliseconds. Default: none but the send's own. */
  readonly attemptTimeoutMs?: number | undefined;
  /** What to do when it is not known whether a member sent the mail. Default `"stop"`, since `"next"` may send it twice. */
  readonly onUnknown?: "stop" | "next" | undefined;
}

export const defaultCooldownMs = 30_000;

const rules = {
  label: { type: "string" },
  cooldownMs: { type: "number" },
  attemptTimeoutMs: timeLimitRule,
  onUnknown: { type: "string", oneOf: ["stop", "next"] },
} as const;

/** @throws MailError `configuration` that names the option or the member */
export function checkGroup(name: string, transports: readonly Transport[], options: GroupOptions): void {
  if (!Array.isArray(transports) || transports.length === 0) {
    const hint = `Give at least one transport: ${name}([ses({ … }), sendgrid({ … })]).`;
    throw misconfigured("transports", `${name}() has no members`, hint);
  }
  for (const [index, transport] of transports.entries()) requireTransport(transport, `transports[${index}]`);
  checkOptions(name, options, rules);
}
