import { invalidField } from "@mail/core";
import type { JsonObject } from "./sendgrid-request.ts";

interface Switch {
  readonly enable: boolean;
}

/** What one mail may ask of SendGrid alone; names as in @sendgrid/mail. */
export interface SendgridMailOptions {
  /** Unsubscribe group, and the groups to show on the preferences page (at most 25). */
  readonly asm?: { readonly groupId: number; readonly groupsToDisplay?: readonly number[] | undefined } | undefined;
  /** A batch made at SendGrid, by which scheduled mail can be paused or cancelled. */
  readonly batchId?: string | undefined;
  readonly ipPoolName?: string | undefined;
  readonly mailSettings?:
    | {
        readonly bypassListManagement?: Switch | undefined;
        readonly bypassSpamManagement?: Switch | undefined;
        readonly bypassBounceManagement?: Switch | undefined;
        readonly bypassUnsubscribeManagement?: Switch | undefined;
        readonly footer?: (Switch & { readonly text?: string; readonly html?: string }) | undefined;
        /** Default: the transport's `sandboxMode`. */
        readonly sandboxMode?: Switch | undefined;
      }
    | undefined;
  /** `enable` of opens and clicks is set by the message's `tracking`, where given. */
  readonly trackingSettings?:
    | {
        readonly clickTracking?: { readonly enable?: boolean; readonly enableText?: boolean } | undefined;
        readonly openTracking?: { readonly enable?: boolean; readonly substitutionTag?: string } | undefined;
        readonly subscriptionTracking?:
          | (Switch & { readonly text?: string; readonly html?: string; readonly substitutionTag?: string })
          | undefined;
        readonly ganalytics?:
          | (Switch & {
              readonly utmSource?: string;
              readonly utmMedium?: string;
              readonly utmTerm?: string;
              readonly utmContent?: string;
              readonly utmCampaign?: string;
            })
          | undefined;
      }
    | undefined;
}

declare module "@mail/core" {
  interface ProviderOptions {
    readonly sendgrid?: SendgridMailOptions | undefined;
  }
}

type Leaf = "boolean" | "string" | "integer" | "integers";
type Shape = { readonly [name: string]: Leaf | Shape };

const onOff = { enable: "boolean" } as const;

const shape: Shape = {
  asm: { groupId: "integer", groupsToDisplay: "integers" },
  batchId: "string",
  ipPoolName: "string",
  mailSettings: {
    bypassListManagement: onOff,
    bypassSpamManagement: onOff,
    bypassBounceManagement: onOff,
    bypassUnsubscribeManagement: onOff,
    footer: { ...onOff, text: "string", html: "string" },
    sandboxMode: onOff,
  },
  trackingSettings: {
    clickTracking: { ...onOff, enableText: "boolean" },
    openTracking: { ...onOff, substitutionTag: "string" },
    subscriptionTracking: { ...onOff, text: "string", html: "string", substitutionTag: "string" },
    ganalytics: {
      ...onOff,
      utmSource: "string",
      utmMedium: "string",
      utmTerm: "string",
      utmContent: "string",
      utmCampaign: "string",
    },
  },
};

const isLeaf: Readonly<Record<Leaf, (value: unknown) => boolean>> = {
  boolean: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string" && value !== "" && value.isWellFormed(),
  integer: (value) => Number.isSafeInteger(value),
  integers: (value) => Array.isArray(value) && value.length <= 25 && value.every(Number.isSafeInteger),
};

const leafNames: Readonly<Record<Leaf, string>> = {
  boolean: "true or false",
  string: "a non-empty string",
  integer: "a whole number",
  integers: "an array of at most 25 whole numbers",
};

/** The options in the API's spelling. */
interface SendgridSettings extends JsonObject {
  readonly mail_settings?: Readonly<Record<string, JsonObject>>;
  readonly tracking_settings?: Readonly<Record<string, JsonObject>>;
}

/** Checks `providerOptions.sendgrid` and spells it as the API does. @throws MailError `invalid_message` with the field */
export function toSendgridSettings(options: SendgridMailOptions | undefined): SendgridSettings {
  if (options === undefined) return {};
  const settings = checked(options, shape, "providerOptions.sendgrid");
  if (options.asm !== undefined && options.asm.groupId === undefined)
    throw invalidField("providerOptions.sendgrid.asm.groupId", "is missing", "Give the id of the unsubscribe group.");
  return settings;
}

function checked(value: unknown, expected: Shape, field: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidField(field, "is not an object", `Write { ${Object.keys(expected).join(", ")} }.`);
  const settings: [string, unknown][] = [];
  for (const [name, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    const rule = Object.hasOwn(expected, name) ? expected[name] : undefined;
    const entryField = `${field}.${name}`;
    if (rule === undefined)
      throw invalidField(entryField, "is not a known option", `Known options: ${Object.keys(expected).join(", ")}.`);
    if (typeof rule === "object") settings.push([snakeCase(name), checked(entry, rule, entryField)]);
    else if (isLeaf[rule](entry)) settings.push([snakeCase(name), entry]);
    else throw invalidField(entryField, `is not ${leafNames[rule]}`, `Pass ${leafNames[rule]}.`);
  }
  return Object.fromEntries(settings);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
