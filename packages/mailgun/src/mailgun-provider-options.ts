import { invalidField } from "@mail/core";

/** What one mail may ask of Mailgun alone (API reference, "Send an email"). */
export interface MailgunMailOptions {
  /** Deliver over TLS only. Default: the domain's setting. */
  readonly requireTls?: boolean | undefined;
  /** Do not check the certificate of the receiving server. Default: the domain's setting. */
  readonly skipVerification?: boolean | undefined;
  /** Sign with DKIM. Default `true`. */
  readonly dkim?: boolean | undefined;
  /** A second domain to sign with: `example.com/selector`. */
  readonly secondaryDkim?: string | undefined;
  /** One of the account's addresses to send from. */
  readonly sendingIp?: string | undefined;
  /** Id of one of the account's pools of addresses. */
  readonly sendingIpPool?: string | undefined;
  /** Version of the template. Default: the active one. */
  readonly templateVersion?: string | undefined;
  /** Also render the template as text. Default `false`. */
  readonly templateText?: boolean | undefined;
  /** Within how many hours to find each recipient's best time: `24h` to `72h`. */
  readonly deliveryTimeOptimizePeriod?: string | undefined;
  /** Local time of each recipient to deliver at: `HH:mm` or `hh:mmaa`. */
  readonly timeZoneLocalize?: string | undefined;
  /** Takes the mail and does not deliver it. Default: the transport's `testMode`. */
  readonly testMode?: boolean | undefined;
}

declare module "@mail/core" {
  interface ProviderOptions {
    readonly mailgun?: MailgunMailOptions | undefined;
  }
}

type Kind = "boolean" | "string";

const parameters: { readonly [Name in keyof Required<MailgunMailOptions>]: readonly [name: string, kind: Kind] } = {
  requireTls: ["o:require-tls", "boolean"],
  skipVerification: ["o:skip-verification", "boolean"],
  dkim: ["o:dkim", "boolean"],
  secondaryDkim: ["o:secondary-dkim", "string"],
  sendingIp: ["o:sending-ip", "string"],
  sendingIpPool: ["o:sending-ip-pool", "string"],
  templateVersion: ["t:version", "string"],
  templateText: ["t:text", "boolean"],
  deliveryTimeOptimizePeriod: ["o:deliverytime-optimize-period", "string"],
  timeZoneLocalize: ["o:time-zone-localize", "string"],
  testMode: ["o:testmode", "boolean"],
};

const known: Readonly<Record<string, readonly [name: string, kind: Kind]>> = parameters;

/** Checks `providerOptions.mailgun` and spells it as the API does. @throws MailError `invalid_message` with the field */
export function toMailgunParameters(options: MailgunMailOptions | undefined): readonly [name: string, value: string][] {
  if (options === undefined) return [];
  const path = "providerOptions.mailgun";
  const names = `Options: ${Object.keys(known).join(", ")}.`;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw invalidField(path, "is not an object", names);
  const fields: [string, string][] = [];
  for (const [option, value] of Object.entries(options)) {
    const field = `${path}.${option}`;
    const parameter = Object.hasOwn(known, option) ? known[option] : undefined;
    if (parameter === undefined) throw invalidField(field, "is not a known option", names);
    if (value === undefined) continue;
    const [name, kind] = parameter;
    if (kind === "boolean" && typeof value === "boolean") fields.push([name, yesOrNo(value)]);
    else if (kind === "string" && typeof value === "string" && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value))
      fields.push([name, value]);
    else throw invalidField(field, `is not ${kindNames[kind]}`, `Pass ${kindNames[kind]}.`);
  }
  return fields;
}

const kindNames: Readonly<Record<Kind, string>> = { boolean: "true or false", string: "a text of visible ASCII" };

/** How Mailgun writes a boolean. */
export function yesOrNo(value: boolean): "yes" | "no" {
  return value ? "yes" : "no";
}
