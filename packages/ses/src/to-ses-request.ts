import type { EmailContent, SendBulkEmailRequest, SendEmailRequest } from "@aws-sdk/client-sesv2";
import { type BatchMail, MailError, type OnUnsupported, type PreparedMessage, type Tracking } from "@mail/core";
import { readAttachments } from "./attached-file.ts";
import { emailTags } from "./email-tags.ts";
import { sesAddress } from "./ses-address.ts";
import { maxMailBytes } from "./ses-features.ts";
import { type SesProviderOptions, sesProviderOptions } from "./ses-provider-options.ts";
import { toSesContent } from "./to-ses-content.ts";

export interface SesRequest {
  readonly input: SendEmailRequest;
  /** Advisory fields that do not fit in the request. */
  readonly dropped: readonly string[];
}

/** Maps a mail to SendEmail; reads the attachments. @throws MailError before anything is sent */
export async function toSesRequest(
  mail: PreparedMessage,
  configurationSetName: string | undefined,
  onUnsupported: OnUnsupported | undefined,
): Promise<SesRequest> {
  const { tags, unfit: dropped } = emailTags(mail);
  if (dropped.length > 0 && onUnsupported === "error") throw refusal(dropped);
  const content = await toSesContent(mail, await readAttachments(mail.attachments));
  refuseTooLarge(content);
  return {
    input: {
      ...sharedFields(mail, configurationSetName),
      Destination: destination(mail, content),
      ...(content.Raw === undefined && replyToOf(mail)),
      Content: content,
      EmailTags: tags,
      ...listManagement(mail),
    },
    dropped,
  };
}

type SharedFields = Omit<
  SendBulkEmailRequest,
  "DefaultContent" | "BulkEmailEntries" | "DefaultEmailTags" | "ReplyToAddresses"
>;

/** What stands in both requests, for one mail and for many. @throws MailError `invalid_message` */
export function sharedFields(
  mail: Pick<BatchMail, "from" | "tracking" | "providerOptions">,
  configurationSetName: string | undefined,
): SharedFields {
  const own = sesProviderOptions(mail);
  return {
    FromEmailAddress: sesAddress(mail.from),
    ...(mail.tracking !== undefined && { ConfigurationOverrides: { Tracking: tracking(mail.tracking) } }),
    ...providerFields({ ...own, configurationSetName: own.configurationSetName ?? configurationSetName }),
  };
}

export function replyToOf({ replyTo }: Pick<BatchMail, "replyTo">): Pick<SendEmailRequest, "ReplyToAddresses"> {
  return replyTo.length > 0 ? { ReplyToAddresses: replyTo.map(sesAddress) } : {};
}

/** Of raw MIME, SES takes the headers as they are; these are the envelope. */
function destination({ to, cc, bcc }: PreparedMessage, { Raw }: EmailContent): SendEmailRequest["Destination"] {
  const written = Raw === undefined ? sesAddress : ({ address }: { readonly address: string }) => address;
  return {
    ...(to.length > 0 && { ToAddresses: to.map(written) }),
    ...(cc.length > 0 && { CcAddresses: cc.map(written) }),
    ...(bcc.length > 0 && { BccAddresses: bcc.map(({ address }) => address) }),
  };
}

function tracking({ opens, clicks }: Tracking): NonNullable<SendEmailRequest["ConfigurationOverrides"]>["Tracking"] {
  return {
    ...(opens !== undefined && { OpenTrackingEnabled: opens ? "ENABLED" : "DISABLED" }),
    ...(clicks !== undefined && { ClickTrackingEnabled: clicks ? "ENABLED" : "DISABLED" }),
  };
}

function providerFields(options: SesProviderOptions): Partial<SharedFields> {
  return {
    ConfigurationSetName: options.configurationSetName,
    FromEmailAddressIdentityArn: options.fromEmailAddressIdentityArn,
    FeedbackForwardingEmailAddress: options.feedbackForwardingEmailAddress,
    FeedbackForwardingEmailAddressIdentityArn: options.feedbackForwardingEmailAddressIdentityArn,
    EndpointId: options.endpointId,
    TenantName: options.tenantName,
  };
}

function listManagement(mail: PreparedMessage): Pick<SendEmailRequest, "ListManagementOptions"> {
  const list = sesProviderOptions(mail).listManagementOptions;
  if (list === undefined) return {};
  return { ListManagementOptions: { ContactListName: list.contactListName, TopicName: list.topicName } };
}

/** @throws MailError `message_too_large` */
export function refuseTooLarge({ Raw, Simple, Template }: EmailContent): void {
  const attachments = (Simple ?? Template)?.Attachments ?? [];
  const texts = [Simple?.Body?.Text?.Data, Simple?.Body?.Html?.Data, Template?.TemplateData];
  const bytes =
    (Raw?.Data?.byteLength ?? 0) +
    attachments.reduce((sum, { RawContent }) => sum + Math.ceil((RawContent?.byteLength ?? 0) / 3) * 4, 0) +
    texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
  if (bytes <= maxMailBytes) return;
  throw new MailError(`attachments: the mail has about ${bytes} bytes, and SES takes ${maxMailBytes}`, {
    code: "message_too_large",
    field: "attachments",
    hint: "Send a link instead of the file.",
  });
}

function refusal(fields: readonly string[]): MailError {
  return new MailError(`${fields.join(", ")}: cannot be carried by SES`, {
    code: "unsupported",
    field: fields.join(", "),
    hint: "A tag of SES has 256 characters of A-Z, a-z, 0-9, - and _, and others take up to eight: shorten the value.",
  });
}
