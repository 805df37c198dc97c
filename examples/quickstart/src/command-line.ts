import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { file, type Message } from "@mail/core";
import { sampleMessage } from "./sample-message.ts";

const usage = `npm start -- [options]

  --to ADDRESS       who gets it; repeat it for several
  --from ADDRESS     who sends it
  --subject TEXT
  --text TEXT
  --html FILE
  --attach FILE      repeat it for several
  --once             end at once; else the inbox stays open when this is a terminal

Without options a sample message is sent, by SMTP and by three APIs, to an inbox on this machine.
MAIL_URL=smtp://user:pass@host:587 sends through a real provider instead.`;

const options = {
  to: { type: "string", multiple: true },
  from: { type: "string" },
  subject: { type: "string" },
  text: { type: "string" },
  html: { type: "string" },
  attach: { type: "string", multiple: true },
  once: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export interface Command {
  readonly message: Message;
  /** Whether the inbox stays open afterwards. */
  readonly stays: boolean;
}

/** What the options ask for; files are read from where npm was called. Ends the process where they make no sense. */
export function readCommandLine(args: readonly string[]): Command {
  try {
    const { help, once = !process.stdout.isTTY, ...values } = parseArgs({ args: [...args], options }).values;
    if (help) end(usage, 0);
    return { message: Object.keys(values).length === 0 ? sampleMessage : messageOf(values), stays: !once };
  } catch (error) {
    return end(`${error instanceof Error ? error.message : error}\n\n${usage}`, 2);
  }
}

interface Values {
  readonly to?: string[];
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attach?: string[];
}

function messageOf({ to, from, subject, text, html, attach = [] }: Values): Message {
  const path = (name: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), name);
  const page = html === undefined ? undefined : readFileSync(path(html), "utf8");
  return {
    from: from ?? sampleMessage.from,
    to: to ?? sampleMessage.to,
    subject: subject ?? sampleMessage.subject,
    text: text ?? (page === undefined ? sampleMessage.text : undefined),
    html: page,
    attachments: attach.map((name) => file(path(name))),
  };
}

function end(text: string, exitCode: number): never {
  if (exitCode === 0) console.log(text);
  else console.error(text);
  process.exit(exitCode);
}
