import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { webhookKeysFrom } from "./webhook-key-file.ts";

const folder = mkdtempSync(join(tmpdir(), "inbox-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("keys are made once, for their owner's eyes, and read from then on", async () => {
  const file = join(folder, "keys.json");
  const made = await webhookKeysFrom(file);
  expect(made.sendgridPrivateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await webhookKeysFrom(file)).toEqual(made);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(made);
});

test("a file that cannot be used is refused by name", async () => {
  const text = join(folder, "text");
  writeFileSync(text, "not JSON");
  const refused = { code: "configuration", field: "webhookKeys" };
  await expect(webhookKeysFrom(text)).rejects.toMatchObject(refused);
  await expect(webhookKeysFrom(folder)).rejects.toMatchObject(refused);
  await expect(webhookKeysFrom(join(folder, "nowhere", "keys.json"))).rejects.toMatchObject(refused);
});
