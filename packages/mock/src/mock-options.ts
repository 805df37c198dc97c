import { allFields, type Features, misconfigured, type OptionRules } from "@mail/core";

export interface MockOptions {
  /** Name in receipts, errors and logs. Default: the mailer's key, else `mock`. */
  readonly label?: string | undefined;
  /** How long each request takes, in milliseconds; ends early when the send is aborted. Default 0. */
  readonly latencyMs?: number | undefined;
  /**
   * Replaces parts of what the mock carries, to see what the app does on a lesser transport: `{ fields: [] }`, or
   * `{ batch: undefined }` for one mail per recipient. Default: all fields, no limits, batches of 1,000 recipients.
   */
  readonly features?: { readonly [Name in keyof Features]?: Features[Name] | undefined } | undefined;
}

export const mockRules: OptionRules<MockOptions> = {
  label: { type: "string" },
  latencyMs: { type: "integer" },
  features: { type: "object" },
};

const standardFeatures: Features = { fields: allFields, batch: { recipients: 1_000, bytes: 10_000_000 } };

const featureNames: Readonly<Record<keyof Features, true>> = {
  fields: true,
  requires: true,
  recipients: true,
  envelopeRecipients: true,
  bytes: true,
  scheduleMs: true,
  tags: true,
  metadata: true,
  batch: true,
};

/** What a mock with these options carries. @throws MailError `configuration` for a feature that does not exist */
export function mockFeatures({ features = {} }: MockOptions): Features {
  const unknown = Object.keys(features).find((name) => !Object.hasOwn(featureNames, name));
  if (unknown !== undefined)
    throw misconfigured(`features.${unknown}`, "is not known", `Known: ${Object.keys(featureNames).join(", ")}.`);
  const { fields, batch, ...limits } = { ...standardFeatures, ...features };
  const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  return Object.freeze({
    fields: fields ?? allFields,
    ...Object.fromEntries(given),
    ...(batch !== undefined && { batch }),
  });
}
