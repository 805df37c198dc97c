import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sendgridEvents } from "../sendgrid-events.ts";
import { publicKey, signatureHeader, signedPost, timestampHeader } from "./signed-post.fixture.ts";

interface Case {
  readonly name: string;
  readonly payload: readonly Readonly<Record<string, unknown>>[];
  /** Null stands for what must not be there. */
  readonly expect: readonly Readonly<Record<string, unknown>>[];
}

interface Vector {
  readonly why?: string;
  readonly publicKey: string;
  readonly timestamp: string;
  readonly rawBody: string;
  readonly signature: string;
  readonly valid: boolean;
}

function fixture<Row>(name: string): readonly Row[] {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

describe("of the recorded posts", () => {
  test.each(fixture<Case>("webhook-cases.fixture.json"))("$name is read", async ({ payload, expect: expected }) => {
    const events = await sendgridEvents({ publicKey }).parse(signedPost(payload));
    expect(events).toHaveLength(expected.length);
    for (const [index, { at, ...fields }] of expected.entries()) {
      const event: Readonly<Record<string, unknown>> = { ...events[index] };
      for (const [name, value] of Object.entries(fields)) expect(event[name] ?? null, name).toEqual(value);
      if (at !== undefined) expect(events[index]?.at.toISOString()).toBe(at);
      expect(event).toMatchObject({ provider: "sendgrid", raw: payload[index] });
    }
  });
});

describe("of the recorded signatures", () => {
  const vectors = fixture<Vector>("signature-vectors.fixture.json");

  test.each(vectors)("$publicKey, $timestamp, $signature: $valid", async (vector) => {
    const { publicKey: key, rawBody, timestamp, signature, valid } = vector;
    const source = sendgridEvents({ publicKey: key, maxAgeMs: Number.POSITIVE_INFINITY });
    const headers = { [timestampHeader]: timestamp, [signatureHeader]: signature };
    const parsed = source.parse(signedPost(rawBody, { headers }));
    if (valid) expect(await parsed).toHaveLength(1);
    else await expect(parsed).rejects.toMatchObject({ name: "MailEventError", code: "invalid_signature" });
  });
});
