import {
  type Address,
  type BatchMail,
  encodeHeaderValue,
  MailError,
  mailIdKey,
  type PreparedMessage,
  type Tracking,
} from "@mail/core";
import { toSendgridSettings } from "./sendgrid-provider-options.ts";
import type {
  JsonObject,
  SendgridAddress,
  SendgridContent,
  SendgridPersonalization,
  SendgridRequest,
} from "./sendgrid-request.ts";
import { toSendgridAttachment } from "./to-sendgrid-attachment.ts";

/** Legacy templates have bare UUIDs as ids, dynamic ones `d-` and 32 digits; only the latter take data by name. */
const legacyTemplateId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface SendgridRequestOptions {
  readonly sandboxMode?: boolean | undefined;
}

/** Texts as they stand in the request. */
interface SendgridTexts {
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}

/** The request for one mail. */
interface SendgridMailRequest extends SendgridRequest {
  readonly personalizations: readonly [SendgridPersonalization];
  readonly custom_args: Readonly<Record<string, string>>;
}

/**
 * Writes a mail as the body of `POST /v3/mail/send`, attachments read and encoded.
 * @throws MailError `invalid_message` or `unsupported` with the field
 */
export async function toSendgridRequest(
  mail: PreparedMessage,
  options: SendgridRequestOptions = {},
): Promise<SendgridMailRequest> {
  const { template, to, cc, bcc } = mail;
  return {
    ...(await sharedFields(mail, mail, options)),
    personalizations: [
      {
        to: to.map(toRecipient),
        ...(cc.length > 0 && { cc: cc.map(toRecipient) }),
        ...(bcc.length > 0 && { bcc: bcc.map(toRecipient) }),
        ...(template !== undefined && { dynamic_template_data: template.data }),
      },
    ],
    ...(mail.subject !== "" && { subject: mail.subject }),
    headers: encodeHeaders(mail.headers),
    custom_args: { ...mail.metadata, [mailIdKey]: mail.id },
  };
}

type SharedFields = Omit<SendgridRequest, "personalizations" | "subject" | "headers" | "custom_args">;

/**
 * What all recipients of a request share, its texts as they are to be sent.
 * @throws MailError `invalid_message` or `unsupported` with the field
 */
export async function sharedFields(
  mail: PreparedMessage | BatchMail,
  { text, html }: SendgridTexts,
  options: SendgridRequestOptions,
): Promise<SharedFields> {
  const { mail_settings, tracking_settings, ...settings } = toSendgridSettings(mail.providerOptions.sendgrid);
  const { template } = mail;
  refuseTemplateMix(mail);
  const content = contentOf(mail, { text, html });
  const attachments = await Promise.all(mail.attachments.map(toSendgridAttachment));
  const mailSettings = mergedSettings(options.sandboxMode ? { sandbox_mode: { enable: true } } : {}, mail_settings);
  const tracking = mergedSettings(tracking_settings, trackingSettings(mail.tracking ?? {}));
  return {
    ...settings,
    from: toAddress(mail.from),
    ...replyToOf(mail),
    ...(content.length > 0 && { content }),
    ...(attachments.length > 0 && { attachments }),
    ...(template !== undefined && { template_id: template.id }),
    ...(mail.tags.length > 0 && { categories: mail.tags }),
    ...(mail.sendAt !== undefined && { send_at: Math.ceil(mail.sendAt.getTime() / 1000) }),
    ...(mailSettings !== undefined && { mail_settings: mailSettings }),
    ...(tracking !== undefined && { tracking_settings: tracking }),
  };
}

export function encodeHeaders(headers: PreparedMessage["headers"]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, encodeHeaderValue(value)]));
}

function refuseTemplateMix({ template, calendar }: Pick<PreparedMessage, "template" | "calendar">): void {
  if (template === undefined) return;
  const refuse = (field: string, problem: string, hint: string): MailError =>
    new MailError(`${field}: ${problem}`, { code: "unsupported", field, hint });
  if (legacyTemplateId.test(template.id))
    throw refuse("template.id", "is a legacy template", "Use a dynamic template, whose id starts with d-.");
  if (calendar !== undefined)
    throw refuse("calendar", "cannot stand beside a template", "Leave out template, or attach the calendar as a file.");
}

/** SendGrid wants text before html and both before the rest, and refuses an empty part. */
function contentOf(
  { amp, calendar, template }: Pick<PreparedMessage, "amp" | "calendar" | "template">,
  { text, html }: SendgridTexts,
): readonly SendgridContent[] {
  const parts: readonly { readonly type: string; readonly value: string | undefined }[] = [
    { type: "text/plain", value: text },
    { type: "text/html", value: html },
    { type: "text/x-amp-html", value: amp },
    { type: `text/calendar; method=${calendar?.method}`, value: calendar?.content },
  ];
  const filled = parts.flatMap(({ type, value = "" }) => (value === "" ? [] : [{ type, value }]));
  if (filled.length > 0 || template !== undefined) return filled;
  return [{ type: text === undefined ? "text/html" : "text/plain", value: "\n" }];
}

function toAddress({ name, address }: Address): SendgridAddress {
  return name === undefined ? { email: address } : { email: address, name };
}

const specials = /["(),:;<>@[\]\\]/;

/**
 * SendGrid joins names and addresses of recipients, though not of from and reply_to, without quoting, and then drops
 * the mail; a name in quotes arrives as it was (sendgrid-python issue 291).
 */
export function toRecipient({ name, address }: Address): SendgridAddress {
  if (name === undefined) return { email: address };
  return { email: address, name: specials.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name };
}

/** `reply_to` and `reply_to_list` exclude each other, and the list holds each address once, in whatever case. */
function replyToOf({ replyTo }: Pick<PreparedMessage, "replyTo">): Pick<SendgridRequest, "reply_to" | "reply_to_list"> {
  const first = new Map(replyTo.toReversed().map((address) => [address.address.toLowerCase(), address]));
  const [one, ...others] = replyTo.filter((address) => first.get(address.address.toLowerCase()) === address);
  if (one === undefined) return {};
  if (others.length === 0) return { reply_to: toAddress(one) };
  return { reply_to_list: [one, ...others].map(toAddress) };
}

type Settings = Readonly<Record<string, JsonObject>>;

/** Later settings win; `undefined` where none is given. */
function mergedSettings(...groups: readonly (Settings | undefined)[]): Settings | undefined {
  const merged: Record<string, JsonObject> = {};
  for (const [name, setting] of groups.flatMap((group) => Object.entries(group ?? {})))
    merged[name] = { ...merged[name], ...setting };
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function trackingSettings({ opens, clicks }: Tracking): Settings {
  return {
    ...(opens !== undefined && { open_tracking: { enable: opens } }),
    ...(clicks !== undefined && { click_tracking: { enable: clicks } }),
  };
}
