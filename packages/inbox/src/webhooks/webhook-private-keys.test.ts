import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { createWebhooks } from "./create-webhooks.ts";
import { webhookPrivateKeys } from "./webhook-private-keys.ts";

const baseUrl = "http://127.0.0.1:8025";
const pem = { type: "pkcs8", format: "pem" } as const;

test("keys are made where none are given, others each time", async () => {
  const [one, two] = [await createWebhooks({ baseUrl }), await createWebhooks({ baseUrl })];
  expect(one.keys).toEqual({
    sendgridPublicKey: expect.stringMatching(/^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[\w+/]{86}==$/),
    mailgunSigningKey: expect.stringMatching(/^[0-9a-f]{32}$/),
    sesTopicArn: "arn:aws:sns:us-east-1:123456789012:ses-events",
    sesCertificate: expect.stringContaining("-----BEGIN CERTIFICATE-----"),
  });
  for (const name of ["sendgridPublicKey", "mailgunSigningKey", "sesCertificate"] as const)
    expect(two.keys[name]).not.toBe(one.keys[name]);
});

test("keys that are kept give the same public ones", async () => {
  const keys = await webhookPrivateKeys({ mailgunSigningKey: "kept" });
  const [one, two] = [await createWebhooks({ baseUrl, keys }), await createWebhooks({ baseUrl, keys })];
  expect(two.keys).toEqual(one.keys);
  expect(one.keys.mailgunSigningKey).toBe("kept");
});

test("no private key is among those that are shown", async () => {
  const { keys } = await createWebhooks({ baseUrl });
  expect(JSON.stringify(keys)).not.toContain("PRIVATE");
});

test.each([
  ["keys.sendgridPrivateKey", { sendgridPrivateKey: "no key" }],
  ["keys.sendgridPrivateKey", { sendgridPrivateKey: curveKey("P-384") }],
  ["keys.mailgunSigningKey", { mailgunSigningKey: "" }],
  ["keys.snsPrivateKey", { snsPrivateKey: curveKey("P-256") }],
  ["keys.snsPrivateKey", { snsPrivateKey: curveKey("P-256"), snsCertificate: "x" }],
])("%s that cannot be used is named", async (field, keys) => {
  await expect(createWebhooks({ baseUrl, keys })).rejects.toMatchObject({ code: "configuration", field });
});

test("a certificate that belongs to another key is refused", async () => {
  const [{ snsPrivateKey }, { snsCertificate }] = [await webhookPrivateKeys(), await webhookPrivateKeys()];
  const refused = createWebhooks({ baseUrl, keys: { snsPrivateKey, snsCertificate } });
  await expect(refused).rejects.toMatchObject({ field: "keys.snsCertificate" });
  const unreadable = createWebhooks({ baseUrl, keys: { snsPrivateKey, snsCertificate: "x" } });
  await expect(unreadable).rejects.toMatchObject({ field: "keys.snsCertificate" });
});

test("a topic must have an ARN", async () => {
  await expect(createWebhooks({ baseUrl, topicArn: "events" })).rejects.toMatchObject({ field: "topicArn" });
});

function curveKey(namedCurve: string): string {
  return generateKeyPairSync("ec", { namedCurve }).privateKey.export(pem).toString();
}
