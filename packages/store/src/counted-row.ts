import { type CountBy, dayKey, type MailEventType, type TypeCount, tagKeys } from "@mail/core";

/** What SQLite and PostgreSQL group counts by. */
export const countColumns: Readonly<Record<CountBy | "none", string>> = {
  none: "''",
  transport: "transport",
  tag: "tags",
  domain: "domain",
  day: "at / 86400000",
};

/** The counts that a group stands for: one for each of several tags. */
export function countsOfRow(row: Readonly<Record<string, unknown>>, by: CountBy | undefined): readonly TypeCount[] {
  const { name, type, permanent, count } = row;
  const rest = {
    type: String(type) as MailEventType,
    permanent: permanent === true || permanent === 1,
    count: Number(count),
  };
  const keys = by === "tag" ? tagKeys(JSON.parse(String(name))) : [by === "day" ? dayKey(Number(name)) : String(name)];
  return keys.map((key) => ({ key, ...rest }));
}
