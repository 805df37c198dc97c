import type { Address } from "@mail/core";
import type { ComposedFile } from "../api/compose-mail.ts";

/** A request to Mail Send, checked. */
export interface MailSend {
  readonly personalizations: readonly Personalization[];
  readonly from: Address;
  readonly replyTo: readonly Address[];
  readonly subject: string | undefined;
  readonly content: readonly Content[];
  readonly attachments: readonly ComposedFile[];
  readonly templateId: string | undefined;
  readonly sections: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly categories: readonly string[];
  readonly customArgs: Readonly<Record<string, string>>;
  /** Unix time in seconds. */
  readonly sendAt: number | undefined;
  readonly sandbox: boolean;
  readonly footer: { readonly text: string; readonly html: string } | undefined;
}

export interface Content {
  readonly type: string;
  readonly value: string;
}

/** One mail of a request. */
export interface Personalization {
  readonly from: Address | undefined;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly substitutions: Readonly<Record<string, string>>;
  readonly templateData: Readonly<Record<string, unknown>> | undefined;
  readonly customArgs: Readonly<Record<string, string>>;
  readonly sendAt: number | undefined;
  /** Recipients whose names SendGrid would not be able to write, and drop the mail. */
  readonly brokenNames: readonly string[];
}

/** Templates with an id of this form are rendered with data by name, all others with substitutions. */
export function isDynamicTemplate(id: string | undefined): boolean {
  return id?.startsWith("d-") ?? false;
}
