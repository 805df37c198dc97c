/** The JSON forms of what the inbox's API answers; dates are ISO texts. */
export type Via = "smtp" | "sendgrid" | "mailgun" | "ses";

export interface Address {
  readonly name?: string;
  readonly address: string;
}

interface Attachment {
  readonly index: number;
  readonly filename?: string;
  readonly contentType: string;
  readonly disposition: "attachment" | "inline" | "alternative";
  readonly contentId?: string;
  readonly size: number;
}

export interface MailSummary {
  readonly id: string;
  readonly inbox: string;
  readonly via: Via;
  readonly receivedAt: string;
  readonly unread: boolean;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly mailId?: string;
  readonly providerId: string;
  readonly messageId?: string;
  readonly from?: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly subject: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly Attachment[];
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly sendAt?: string;
  readonly size: number;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Mail extends MailSummary {
  readonly text?: string;
  readonly html?: string;
  readonly dialogue?: readonly string[];
  readonly request?: ApiRequest;
}

export interface MailPage {
  readonly mails: readonly MailSummary[];
  readonly total: number;
  readonly unread: number;
}

export interface InboxCount {
  readonly name: string;
  readonly total: number;
  readonly unread: number;
}

export interface InboxInfo {
  readonly inboxBy: "login" | "sender-domain" | "recipient-domain";
  /** Whether any login and key is let in. */
  readonly anyLogin: boolean;
  readonly urls: Readonly<Record<"smtp" | "smtps" | "sendgrid" | "mailgun" | "ses" | "web", string>>;
  readonly release?: { readonly transport: string; readonly allowed: readonly string[] };
}

export interface Finding {
  readonly check: string;
  readonly level: "good" | "note" | "warning";
  readonly title: string;
  readonly detail?: string;
  readonly items?: readonly string[];
}

/** What came of following a link. */
export interface FollowedLink {
  readonly url: string;
  readonly status?: number;
  readonly redirects: readonly string[];
  readonly error?: string;
}

export interface Checks {
  readonly findings: readonly Finding[];
  readonly links: readonly { readonly url: string; readonly label?: string; readonly in: "html" | "text" }[];
  readonly images: readonly { readonly url: string; readonly kind: string; readonly alt?: string }[];
  readonly codes: readonly string[];
}
