/** A field beyond addresses, subject, text, html and headers, which a transport may or may not carry. */
export type FeatureField =
  | "amp"
  | "attachments"
  | "calendar"
  | "envelope"
  | "internationalLocalPart"
  | "metadata"
  | "priority"
  | "sender"
  | "sendAt"
  | "tags"
  | "template"
  | "tracking";

/** What may be in a tag list or in metadata; what does not fit is treated like a field that is not carried. */
export interface TextLimits {
  /** Entries. */
  readonly count?: number;
  /** Longest key, or longest tag, in characters. */
  readonly keyLength?: number;
  /** Longest value in characters. */
  readonly valueLength?: number;
  /** Keys and values in all, in bytes of UTF-8. */
  readonly bytes?: number;
  /** Only ASCII. */
  readonly ascii?: boolean;
}

/** Limits of one batch request. */
export interface BatchLimits {
  readonly recipients: number;
  /** Size of the values and headers of all recipients. */
  readonly bytes: number;
  /** True where all recipients of a request must have headers of the same names, and metadata of the same keys. */
  readonly uniform?: boolean;
}

/** What a transport carries natively, and its limits: declared data, so that the core never asks who the provider is. */
export interface Features {
  readonly fields: readonly FeatureField[];
  /** Fields that the provider insists on. */
  readonly requires?: readonly ("to" | "subject")[];
  /** Recipients of one mail: to, cc and bcc together. */
  readonly recipients?: number;
  /** Size of one mail in bytes, attachments counted as sent (base64). */
  readonly bytes?: number;
  /**
   * True where mail goes to the envelope's recipients alone, whatever the headers show (SMTP). For others, `to`, `cc` and
   * `bcc` hold nobody else.
   */
  readonly envelopeRecipients?: boolean;
  /** How far ahead `sendAt` may lie, in milliseconds. */
  readonly scheduleMs?: number;
  readonly tags?: TextLimits;
  readonly metadata?: TextLimits & { readonly reservedKeys?: readonly string[] };
  /** Present where the transport has `sendBatch`. */
  readonly batch?: BatchLimits;
}

/** Carries every field without limits. */
export const allFields: readonly FeatureField[] = [
  "amp",
  "attachments",
  "calendar",
  "envelope",
  "internationalLocalPart",
  "metadata",
  "priority",
  "sender",
  "sendAt",
  "tags",
  "template",
  "tracking",
];
