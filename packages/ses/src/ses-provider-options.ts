import { invalidField, type PreparedMessage } from "@mail/core";

/** What only SES understands, for one mail (API reference of SES v2, "SendEmail"). */
export interface SesProviderOptions {
  /** Goes before the transport's own. */
  readonly configurationSetName?: string | undefined;
  /** Where bounces and complaints are forwarded to. */
  readonly feedbackForwardingEmailAddress?: string | undefined;
  /** The identity whose policy lets you use `feedbackForwardingEmailAddress`. */
  readonly feedbackForwardingEmailAddressIdentityArn?: string | undefined;
  /** The identity whose policy lets you send as `from`. */
  readonly fromEmailAddressIdentityArn?: string | undefined;
  /** The contact list, and its topic, that the mail belongs to. */
  readonly listManagementOptions?:
    | { readonly contactListName: string; readonly topicName?: string | undefined }
    | undefined;
  /** Multi-region endpoint. Needs the package `@aws-sdk/signature-v4a`. */
  readonly endpointId?: string | undefined;
  readonly tenantName?: string | undefined;
}

declare module "@mail/core" {
  interface ProviderOptions {
    readonly ses?: SesProviderOptions | undefined;
  }
}

const texts = [
  "configurationSetName",
  "feedbackForwardingEmailAddress",
  "feedbackForwardingEmailAddressIdentityArn",
  "fromEmailAddressIdentityArn",
  "endpointId",
  "tenantName",
] as const;
const list = "listManagementOptions";

/** Checks `providerOptions.ses`. @throws MailError `invalid_message` that names the field */
export function sesProviderOptions({ providerOptions }: Pick<PreparedMessage, "providerOptions">): SesProviderOptions {
  const options: unknown = providerOptions.ses;
  if (options === undefined) return {};
  const path = "providerOptions.ses";
  const given = objectAt(options, path, [...texts, list]);
  for (const name of texts) if (given[name] !== undefined) checkText(given[name], `${path}.${name}`);
  if (given[list] !== undefined) {
    const { contactListName, topicName } = objectAt(given[list], `${path}.${list}`, ["contactListName", "topicName"]);
    checkText(contactListName, `${path}.${list}.contactListName`);
    if (topicName !== undefined) checkText(topicName, `${path}.${list}.topicName`);
  }
  return given as SesProviderOptions;
}

function objectAt(value: unknown, path: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidField(path, "is not an object", `Fields: ${known.join(", ")}.`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw invalidField(`${path}.${unknown}`, "is not a known field", `Fields: ${known.join(", ")}.`);
  return value as Readonly<Record<string, unknown>>;
}

function checkText(value: unknown, field: string): void {
  if (typeof value === "string" && /^[\x20-\x7e]*\S[\x20-\x7e]*$/.test(value)) return;
  throw invalidField(
    field,
    value === undefined ? "is missing" : "is no text of visible ASCII",
    "Pass what AWS calls it.",
  );
}
