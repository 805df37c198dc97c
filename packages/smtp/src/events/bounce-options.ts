import { checkOptions, type OptionRules } from "@mail/core";
import { type VerpOptions, type VerpSettings, verpRules, verpSettings } from "./verp-options.ts";

export interface BounceEventsOptions {
  /** The same as of `verp()`: return paths that it signed prove which mail and which recipient a report is about. */
  readonly verp?: VerpOptions | undefined;
  /**
   * With `verp`: what becomes of reports that came to no signed return path. Anybody can write one, about any address.
   * Default `"refuse"`; a wrong signature is refused in any case.
   */
  readonly unsigned?: "refuse" | "accept" | undefined;
  /** Longest mail in bytes. Default 32 MiB; no more than the first MiB of it is kept and looked at. */
  readonly maxBytes?: number | undefined;
}

const rules: OptionRules<BounceEventsOptions> = {
  verp: { type: "object" },
  unsigned: { type: "string", oneOf: ["refuse", "accept"] },
  maxBytes: { type: "integer", min: 1 },
};

export interface BounceSettings {
  readonly verp: VerpSettings | undefined;
  readonly unsigned: "refuse" | "accept";
  readonly maxBytes: number | undefined;
}

/** @throws MailError `configuration` that names the option */
export function checkBounceOptions(options: BounceEventsOptions): BounceSettings {
  checkOptions("bounceEvents", options, rules);
  const { verp, unsigned = "refuse", maxBytes } = options;
  if (verp === undefined) return { verp, unsigned, maxBytes };
  checkOptions("bounceEvents", verp, verpRules, "verp.");
  return { verp: verpSettings(verp, "verp."), unsigned, maxBytes };
}
