/** A file of a request. */
export interface MailgunFile {
  readonly name: "attachment" | "inline";
  /** Mailgun makes the Content-ID of an inline file from it. */
  readonly filename: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** A mail as the fields of Mailgun's form, in order; a name may come several times. */
export interface MailgunRequest {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly MailgunFile[];
}
