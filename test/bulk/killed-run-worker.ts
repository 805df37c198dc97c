/** Sends a mail merge from the position in a file on, and keeps the position there. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createMailer } from "@mail/core";
import { smtp } from "@mail/smtp";

const [port, count, file] = process.argv.slice(2) as [string, string, string];

async function* recipients(): AsyncGenerator<{ to: string; data: { name: string } }> {
  for (let place = 0; place < Number(count); place++)
    yield { to: `user${place}@example.com`, data: { name: `Customer ${place}` } };
}

await using mailer = createMailer({ transport: smtp({ host: "127.0.0.1", port: Number(port) }) });
const message = { from: "Acme <hello@acme.example>", subject: "Hello {{name}}", text: "Dear {{name}}" };
const run = mailer.sendBulk(message, recipients(), { startAt: Number(readFileSync(file, "utf8")), concurrency: 20 });
for await (const outcome of run) {
  if (!outcome.ok) throw outcome.error;
  keep(run.position);
}

/** In one step: a file that is written when the process is killed may be left empty. */
function keep(position: number): void {
  writeFileSync(`${file}.new`, `${position}`);
  renameSync(`${file}.new`, file);
}
