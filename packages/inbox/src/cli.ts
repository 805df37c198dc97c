#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import { MailError } from "@mail/core";
import { cliCall } from "./cli-flags.ts";
import { addressText, failureText, helpText } from "./cli-text.ts";
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
  if (caFile !== undefined) writeFileSync(caFile, inbox.certificate);
  print(addressText(inbox.urls, options));
  let closing = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (closing) process.exit(interrupted);
      closing = true;
      inbox.close().catch(fail);
    });
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
