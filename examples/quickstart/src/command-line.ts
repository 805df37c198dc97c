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

Without options a sample message is sent. MAIL_URL=smtp://user:pass@host:587 sends through a real provider.`;

/** The message that the options ask for; files are read from where npm was called. */
export function readCommandLine(args: readonly string[]): Message {
  const { values } = parseArgs({
    args: [...args],
    options: {
      to: { type: "string", multiple: true },
      from: { type: "string" },
      subject: { type: "string" },
      text: { type: "string" },
      html: { type: "string" },
      attach: { type: "string", multiple: true },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (Object.keys(values).length === 0) return sampleMessage;
  const path = (name: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), name);
  const html = values.html === undefined ? undefined : readFileSync(path(values.html), "utf8");
  return {
    from: values.from ?? sampleMessage.from,
    to: values.to ?? sampleMessage.to,
    subject: values.subject ?? sampleMessage.subject,
    text: values.text ?? (html === undefined ? sampleMessage.text : undefined),
    html,
    attachments: values.attach?.map((name) => file(path(name))),
  };
}
