import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mailgunEvents } from "../mailgun-events.ts";
import { post } from "./signed-post.fixture.ts";

interface Case {
  readonly name: string;
  readonly contentType: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly signingKey: string;
  /** One encoding of a form. */
  readonly rawBody?: string;
  /** Null stands for what must not be there. */
  readonly expect: readonly Readonly<Record<string, unknown>>[];
}

interface Vector {
  readonly signingKey: string;
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
  /** Null where both answers are right. */
  readonly valid: boolean | null;
}

function fixture<Row>(name: string): readonly Row[] {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

const maxAgeMs = Number.POSITIVE_INFINITY;

describe("of the recorded posts", () => {
  test.each(fixture<Case>("webhook-cases.fixture.json"))("$name is read", async ({ signingKey, ...recorded }) => {
    const { payload, contentType, rawBody = JSON.stringify(payload), expect: expected } = recorded;
    const events = await mailgunEvents({ signingKey, maxAgeMs }).parse(post(rawBody, contentType));
    expect(events).toHaveLength(expected.length);
    for (const [index, { at, ...fields }] of expected.entries()) {
      const event: Readonly<Record<string, unknown>> = { ...events[index] };
      for (const [name, value] of Object.entries(fields)) expect(event[name] ?? null, name).toEqual(value);
      if (at !== undefined) expect(events[index]?.at.toISOString()).toBe(at);
      expect(event).toMatchObject({ provider: "mailgun", id: expect.stringMatching(/^\S+$/) });
    }
  });
});

describe("of the recorded signatures", () => {
  const vectors = fixture<Vector>("signature-vectors.fixture.json");

  test.each(vectors)("$timestamp, $token, $signature: $valid", async ({ signingKey, valid, ...signature }) => {
    const body = JSON.stringify({ signature, "event-data": { event: "opened" } });
    const parsed = mailgunEvents({ signingKey, maxAgeMs }).parse(post(body, "application/json"));
    if (valid === true) expect(await parsed).toHaveLength(1);
    else await expect(parsed).rejects.toMatchObject({ name: "MailEventError", code: "invalid_signature" });
  });
});
