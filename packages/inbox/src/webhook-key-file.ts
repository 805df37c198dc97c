import { readFileSync, writeFileSync } from "node:fs";
import { misconfigured } from "@mail/core";
import { type WebhookPrivateKeys, webhookPrivateKeys } from "./webhooks/webhook-private-keys.ts";

/**
 * Reads the keys that sign webhooks from a JSON file, or makes them and writes it, for its owner's eyes alone: apps
 * can then keep the public ones.
 * @throws MailError `configuration`
 */
export async function webhookKeysFrom(file: string): Promise<Partial<WebhookPrivateKeys>> {
  const text = existingText(file);
  if (text !== undefined) return parsed(file, text);
  const keys = await webhookPrivateKeys();
  try {
    writeFileSync(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (thrown) {
    throw unusable(file, thrown);
  }
  return keys;
}

function existingText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
    throw unusable(file, thrown);
  }
}

function parsed(file: string, text: string): Partial<WebhookPrivateKeys> {
  try {
    return JSON.parse(text);
  } catch {
    throw misconfigured("webhookKeys", `${file} holds no JSON`, "Name another file; it is made if it is not there.");
  }
}

function unusable(file: string, thrown: unknown): Error {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return misconfigured("webhookKeys", `${file} cannot be used: ${reason}`, "Name a file in a folder that is there.");
}
