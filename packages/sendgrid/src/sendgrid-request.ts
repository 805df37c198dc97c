/** The body of `POST /v3/mail/send`, as far as this adapter writes it (Mail Send reference). */
export interface SendgridRequest {
  readonly personalizations: readonly SendgridPersonalization[];
  readonly from: SendgridAddress;
  readonly reply_to?: SendgridAddress;
  readonly reply_to_list?: readonly SendgridAddress[];
  readonly subject?: string;
  readonly content?: readonly SendgridContent[];
  readonly attachments?: readonly SendgridAttachment[];
  readonly template_id?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly categories?: readonly string[];
  readonly custom_args?: Readonly<Record<string, string>>;
  readonly send_at?: number;
  readonly mail_settings?: Readonly<Record<string, JsonObject>>;
  readonly tracking_settings?: Readonly<Record<string, JsonObject>>;
}

export interface SendgridPersonalization {
  readonly to: readonly SendgridAddress[];
  readonly cc?: readonly SendgridAddress[];
  readonly bcc?: readonly SendgridAddress[];
  readonly subject?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly custom_args?: Readonly<Record<string, string>>;
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly dynamic_template_data?: JsonObject;
}

export interface SendgridAddress {
  readonly email: string;
  readonly name?: string;
}

export interface SendgridContent {
  readonly type: string;
  readonly value: string;
}

export interface SendgridAttachment {
  /** Base64. */
  readonly content: string;
  readonly type: string;
  readonly filename: string;
  readonly disposition: "attachment" | "inline";
  readonly content_id?: string;
}

export type JsonObject = Readonly<Record<string, unknown>>;
