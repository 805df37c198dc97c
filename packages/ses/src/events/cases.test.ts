import { readdirSync, readFileSync } from "node:fs";
import type { MailEvent } from "@mail/core";
import { expect, test } from "vitest";
import { sesEvents } from "../ses-events.ts";
import { type Envelope, notification, post, signed, signer, topicArn } from "./sns.fixture.ts";

interface Case {
  readonly request: { readonly headers: Record<string, string>; readonly contentType: string };
  readonly payload: Record<string, string>;
  readonly expect: readonly Expected[];
  readonly contested?: Readonly<Record<string, { readonly better: string }>>;
}

interface Expected {
  readonly type?: string;
  readonly recipient?: string;
  readonly messageId?: string;
  readonly timestamp?: string;
  readonly rejectReason?: string | null;
  readonly description?: string | null;
  readonly mtaResponse?: string | null;
  readonly clickUrl?: string;
  readonly userAgent?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface SesRecord {
  readonly mail?: {
    readonly timestamp?: string;
    readonly headers?: readonly { readonly name: string; readonly value: string }[];
    readonly tags?: Record<string, string[]>;
  };
  readonly [name: string]: unknown;
}

const folder = new URL("cases/", import.meta.url);
const files = readdirSync(folder).sort();
const sns = await signer();

function read(file: string): Case {
  return JSON.parse(readFileSync(new URL(file, folder), "utf8"));
}

/** The cases have tags and metadata in headers of their sender; here they are message tags. */
function withMessageTags(record: SesRecord): SesRecord {
  const headers = record.mail?.headers ?? [];
  const tags = { ...record.mail?.tags };
  for (const [index, { value }] of headers.filter(({ name }) => name === "X-Tag").entries())
    tags[`tag_${index + 1}`] = [value.replaceAll(" ", "-x20-")];
  const metadata = headers.find(({ name }) => name === "X-Metadata")?.value;
  if (metadata?.startsWith('{"'))
    for (const [key, value] of Object.entries(JSON.parse(metadata))) tags[key] = [String(value)];
  return { ...record, mail: { ...record.mail, tags } };
}

/** What is asserted, in our words. */
function ours(wanted: Expected, record: SesRecord, contested: Case["contested"]): object {
  const part = Object.entries(record).find(([name, value]) => name !== "mail" && typeof value === "object")?.[1];
  const { timestamp, bounceType } = (part ?? {}) as Readonly<Record<string, string>>;
  const own = Object.entries(record.mail?.tags ?? {}).filter(([name]) => !/^ses:|^tag_\d/.test(name));
  const { type = contested?.["type"]?.better, description } = wanted;
  const at = timestamp ?? (type === "sent" ? record.mail?.timestamp : wanted.timestamp);
  return {
    type,
    recipient: wanted.recipient,
    ...(wanted.messageId !== undefined && { providerId: wanted.messageId }),
    ...(at !== undefined && { at: new Date(at) }),
    ...(wanted.rejectReason && { reason: wanted.rejectReason }),
    ...(typeof description === "string" && { detail: description.replace(`${bounceType}: `, "") }),
    ...(typeof wanted.mtaResponse === "string" && { response: wanted.mtaResponse }),
    ...(wanted.clickUrl !== undefined && { url: wanted.clickUrl }),
    ...(wanted.userAgent !== undefined && { userAgent: wanted.userAgent }),
    ...(wanted.tags !== undefined && { tags: wanted.tags }),
    metadata: Object.fromEntries(own.map(([name, [value]]) => [name, value])),
    raw: record,
  };
}

async function parsed({ request, payload }: Case, Message: string): Promise<readonly MailEvent[]> {
  const fields: Envelope = { ...notification(""), ...payload, Message };
  const arn = payload["TopicArn"] ?? topicArn;
  const source = sesEvents({
    topicArns: [arn],
    fetchCertificate: () => sns.pem,
    confirm: () => undefined,
    maxAgeMs: 100 * 365 * 24 * 3_600_000,
  });
  const { Signature, SignatureVersion, SigningCertURL, ...unsigned } = fields;
  const headers = { ...request.headers, "content-type": request.contentType };
  const [events, again] = await Promise.all(
    ["1", "2"].map((version) => source.parse(post(signed(unsigned, sns, version === "1" ? "1" : "2"), headers))),
  );
  expect(again).toEqual(events);
  return events ?? [];
}

test.each(files.filter((file) => !file.includes("inbound") && !file.includes("sns")))("%s", async (file) => {
  const webhook = read(file);
  const record = withMessageTags(JSON.parse(webhook.payload["Message"] ?? ""));
  const events = await parsed(webhook, `${JSON.stringify(record)}\n`);
  expect(events).toHaveLength(webhook.expect.length);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const [index, wanted] of webhook.expect.entries())
    expect(events[index]).toMatchObject(ours(wanted, record, webhook.contested));
  if (file.includes("transient")) expect(events[0]).toMatchObject({ permanent: false });
  else if (file.includes("-bounce")) expect(events[0]).toMatchObject({ permanent: true });
});

test.each(files.filter((file) => file.includes("sns")))("%s holds no event", async (file) => {
  const webhook = read(file);
  expect(await parsed(webhook, webhook.payload["Message"] ?? "")).toEqual([]);
});
