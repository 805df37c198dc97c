#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import { MailError, misconfigured } from "@mail/core";
import { cliCall } from "./cli-flags.ts";
import { addressText, failureText, helpText } from "./cli-text.ts";
import type { Inbox } from "./inbox.ts";
import { startInbox } from "./start-inbox.ts";
import { webhookKeysFrom } from "./webhook-key-file.ts";

const interrupted = 130;

async function main(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: this is the command, which is where the environment is read
  const { options, caFile, webhookKeysFile, show } = cliCall(process.argv.slice(2), process.env);
  if (show === "help") return print(helpText());
  if (show === "version") return print(`${version()}\n`);
  const webhookKeys = webhookKeysFile === undefined ? undefined : await webhookKeysFrom(webhookKeysFile);
  const inbox = await startInbox({ ...options, webhookKeys });
  if (caFile !== undefined) await writeCertificate(caFile, inbox);
  print(addressText(inbox.urls, options));
  let closing = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (closing) process.exit(interrupted);
      closing = true;
      inbox.close().catch(fail);
    });
}

/** @throws MailError `configuration`, with the inbox closed again */
async function writeCertificate(caFile: string, inbox: Inbox): Promise<void> {
  try {
    writeFileSync(caFile, inbox.certificate);
  } catch (thrown) {
    await inbox.close();
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw misconfigured("caFile", `${caFile} cannot be written: ${reason}`, "Name a file in a folder that is there.");
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return manifest.version;
}

function fail(thrown: unknown): void {
  process.stderr.write(failureText(thrown));
  process.exitCode = MailError.is(thrown) ? 2 : 1;
}

main().catch(fail);
