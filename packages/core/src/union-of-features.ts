import type { Features, TextLimits } from "./features.ts";

type NumericLimit = "recipients" | "bytes" | "scheduleMs";

/** What at least one of several transports carries; each member is asked again for each mail. */
export function unionOfFeatures(all: readonly Features[]): Features {
  return Object.freeze({
    fields: [...new Set(all.flatMap(({ fields }) => fields))],
    requires: (["to", "subject"] as const).filter((field) => all.every(({ requires }) => requires?.includes(field))),
    // Each member is asked again, and cuts the mail for itself.
    envelopeRecipients: all.some(({ envelopeRecipients }) => envelopeRecipients),
    ...largest(all, "recipients"),
    ...largest(all, "bytes"),
    ...largest(all, "scheduleMs"),
    ...widest(all, "tags"),
    ...widest(all, "metadata"),
    ...largestBatch(all),
  });
}

/** A batch that is too large for a member is split for it. */
function largestBatch(all: readonly Features[]): Pick<Features, "batch"> {
  const limits = all.flatMap(({ batch }) => (batch === undefined ? [] : [batch]));
  if (limits.length === 0) return {};
  const recipients = Math.max(...limits.map((limit) => limit.recipients));
  return { batch: { recipients, bytes: Math.max(...limits.map(({ bytes }) => bytes)) } };
}

function largest(all: readonly Features[], limit: NumericLimit): Pick<Features, NumericLimit> {
  const values = all.flatMap(({ [limit]: value }) => (value === undefined ? [] : [value]));
  return values.length < all.length ? {} : { [limit]: Math.max(...values) };
}

function widest(all: readonly Features[], field: "tags" | "metadata"): Pick<Features, "tags" | "metadata"> {
  const limits = all.flatMap(({ fields, [field]: own }): TextLimits[] => (fields.includes(field) ? [own ?? {}] : []));
  if (limits.length === 0) return {};
  const joined: Record<string, number | boolean> = {};
  for (const name of ["count", "keyLength", "valueLength", "bytes"] as const) {
    const values = limits.flatMap(({ [name]: value }) => (value === undefined ? [] : [value]));
    if (values.length === limits.length) joined[name] = Math.max(...values);
  }
  if (limits.every(({ ascii }) => ascii)) joined["ascii"] = true;
  return { [field]: joined };
}
