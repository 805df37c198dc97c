import type { MailErrorCode } from "@mail/core";

/** What an error of SES means. */
export interface SesErrorRow {
  readonly code: MailErrorCode;
  readonly hint: string;
  readonly retryAfterMs?: number;
  /** The row counts only where the answer's text has this, because SES gives several things one name. */
  readonly text?: string;
}

const hourMs = 3_600_000;

const wrongKey: SesErrorRow = {
  code: "authentication",
  hint: "AWS refuses the access key: check key id, secret and, for temporary keys, the session token.",
};
const expired: SesErrorRow = {
  code: "authentication",
  hint: "The temporary key has expired, or this machine's clock is wrong: get a new one, set the clock.",
};
const noCredentials: SesErrorRow = {
  code: "configuration",
  hint: "The AWS SDK found no usable credentials: pass `credentials`, or set up the AWS credential chain.",
};
const notVerified: SesErrorRow = {
  code: "permission",
  hint: "Verify the address or domain in this region. In the sandbox, recipients too must be verified.",
};
const suspended: SesErrorRow = {
  code: "permission",
  hint: "Amazon has stopped this account or configuration set from sending: see the SES console and its mails.",
};
const invalid: SesErrorRow = { code: "invalid_message", hint: "SES does not take this mail: see what it answered." };
const notFound: SesErrorRow = {
  code: "configuration",
  hint: "The configuration set, template, contact list or tenant does not exist in this region: check its name.",
};
const overDay: SesErrorRow = {
  code: "quota_exceeded",
  retryAfterMs: hourMs,
  hint: "The quota of 24 hours is used up: wait, or ask Amazon for a larger one.",
};
const tooFast: SesErrorRow = {
  code: "rate_limited",
  hint: "This is faster than the account's sending rate: send more slowly, for example with rateLimit().",
};
const throttled: readonly SesErrorRow[] = [{ ...overDay, text: "Daily message quota exceeded" }, tooFast];
const down: SesErrorRow = { code: "unavailable", hint: "SES has trouble: try again later." };

/**
 * Errors by name, without the endings "Exception" and "Error" which AWS uses at random; of several rows the first that
 * fits. From the API reference of SES v2 ("SendEmail", "Common Errors") and the SES developer guide ("API error codes").
 */
export const sesErrors: Readonly<Record<string, readonly SesErrorRow[]>> = {
  MessageRejected: [
    { ...notVerified, text: "not verified" },
    { ...suspended, text: "Sending suspended" },
    { code: "policy_rejected", hint: "SES refuses the content: see what it answered." },
  ],
  MailFromDomainNotVerified: [
    { ...notVerified, hint: "The custom MAIL FROM domain lacks its MX record: see the SES console." },
  ],
  BadRequest: [invalid],
  Validation: [invalid],
  Serialization: [invalid],
  InvalidParameterValue: [invalid],
  NotFound: [notFound],
  AccountSuspended: [suspended],
  SendingPaused: [suspended],
  TooManyRequests: throttled,
  Throttling: throttled,
  Throttled: throttled,
  LimitExceeded: [overDay],
  AccessDenied: [
    {
      code: "permission",
      hint: "Allow ses:SendEmail, ses:SendRawEmail and ses:SendBulkEmail (to verify, ses:GetAccount) to this key in IAM.",
    },
  ],
  OptInRequired: [{ code: "permission", hint: "This AWS account has no SES: sign up for it." }],
  UnrecognizedClient: [wrongKey],
  InvalidClientTokenId: [wrongKey],
  InvalidAccessKeyId: [wrongKey],
  SignatureDoesNotMatch: [wrongKey],
  InvalidSignature: [wrongKey],
  IncompleteSignature: [wrongKey],
  MissingAuthenticationToken: [wrongKey],
  ExpiredToken: [expired],
  RequestExpired: [expired],
  RequestTimeTooSkewed: [expired],
  CredentialsProvider: [noCredentials],
  TokenProvider: [noCredentials],
  RequestEntityTooLarge: [{ code: "message_too_large", hint: "SES takes 40 MB: send a link instead of the file." }],
  InternalFailure: [down],
  InternalService: [down],
  InternalServer: [down],
  ServiceUnavailable: [down],
  ConcurrentModification: [down],
  Conflict: [down],
};

/** What became of one mail of a bulk request, by its status (API reference of SES v2, "BulkEmailEntryResult"). */
export const bulkStatuses: Readonly<Record<string, readonly SesErrorRow[]>> = {
  MESSAGE_REJECTED: sesErrors["MessageRejected"] ?? [],
  MAIL_FROM_DOMAIN_NOT_VERIFIED: sesErrors["MailFromDomainNotVerified"] ?? [],
  CONFIGURATION_SET_NOT_FOUND: [notFound],
  TEMPLATE_NOT_FOUND: [notFound],
  INVALID_SENDING_POOL_NAME: [
    { code: "configuration", hint: "The configuration set names a pool of addresses that does not exist: see SES." },
  ],
  ACCOUNT_SUSPENDED: [suspended],
  ACCOUNT_SENDING_PAUSED: [suspended],
  CONFIGURATION_SET_SENDING_PAUSED: [suspended],
  ACCOUNT_THROTTLED: [tooFast],
  ACCOUNT_DAILY_QUOTA_EXCEEDED: [overDay],
  INVALID_PARAMETER: [invalid],
  TRANSIENT_FAILURE: [down],
  FAILED: [{ code: "unknown", hint: "SES could not process this mail, and does not say that it will pass." }],
};

/** Errors that the SDK throws before it asks anybody, known by nothing but their text. */
export const sdkErrors: readonly (SesErrorRow & { readonly text: string })[] = [
  {
    text: "Region is missing",
    code: "configuration",
    hint: "Give `region`, such as eu-west-1, or set it where the AWS SDK looks (AWS_REGION, the shared config file).",
  },
  {
    text: "signature-v4",
    code: "configuration",
    hint: "`endpointId` needs another signature: install @aws-sdk/signature-v4a and import it.",
  },
];

/** Answers that bear no name of the table, by status. */
export const sesStatuses: Readonly<Record<number, SesErrorRow>> = {
  400: invalid,
  401: wrongKey,
  403: { code: "permission", hint: "SES refuses this key: check its policy in IAM." },
  404: { code: "configuration", hint: "There is no SES at this address: check `endpoint` and region." },
  408: {
    code: "timeout",
    hint: "The upload took too long for SES: try again, or send links instead of large attachments.",
  },
  413: { code: "message_too_large", hint: "SES takes 40 MB: send a link instead of the file." },
  429: tooFast,
};

export const unavailable: SesErrorRow = down;
