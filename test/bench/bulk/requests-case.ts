import type { HttpReport, HttpSinkOptions } from "../http/sink-session.ts";
import type { SmtpReport, SmtpSinkOptions } from "../smtp/sink-session.ts";
import { askProcess } from "../suite/ask-process.ts";
import type { BenchCase } from "../suite/bench-case.ts";
import { startSink } from "../suite/sink-process.ts";
import { formatted, median, range } from "../suite/statistics.ts";
import type { RequestsOrder, RequestsSample } from "./requests-sample.ts";

const recipients = 1_000;
const most = { sendgrid: 1, mailgun: 1, ses: 20 } as const;
const transports = ["sendgrid", "mailgun", "ses", "smtp"] as const;

interface Seen {
  readonly requests: number;
  readonly connections: number;
  readonly recipients: number;
}

export const requestsCase: BenchCase = {
  name: "requests",
  title: "1,000 personalised recipients, one `sendBulk`",
  about: "How often a provider is asked; first imports and connections included in the time.",
  async run(rounds) {
    const httpOptions: HttpSinkOptions = { findRecipients: true };
    const smtpOptions: SmtpSinkOptions = { latencyMs: 0, extensions: ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8"] };
    await using http = await startSink<HttpReport>(new URL("../http/sink.ts", import.meta.url), httpOptions);
    await using smtp = await startSink<SmtpReport>(new URL("../smtp/sink.ts", import.meta.url), smtpOptions);

    async function see(transport: RequestsOrder["transport"]): Promise<Seen> {
      if (transport !== "smtp") return http.report();
      const { mails, connections, recipientSum } = await smtp.report();
      const each = mails === recipients && recipientSum === (recipients * (recipients - 1)) / 2;
      return { requests: mails, connections, recipients: each ? recipients : mails };
    }

    const found = new Map(transports.map((name) => [name, [] as RequestsSample[]]));
    const seen = new Map<string, Seen>();
    for (let round = 0; round <= rounds; round++)
      for (const [transport, list] of found) {
        const order: RequestsOrder = { transport, port: transport === "smtp" ? smtp.port : http.port, recipients };
        const sample = await askProcess<RequestsSample>(new URL("./requests-sample.ts", import.meta.url), order);
        const sight = await see(transport);
        if (sight.recipients !== recipients)
          throw new Error(`${transport}: mails for ${sight.recipients} of ${recipients} recipients came`);
        seen.set(transport, sight);
        if (round > 0) list.push(sample);
      }
    return {
      columns: ["", "requests, or SMTP transactions", "connections", "ms", "min–max", "CPU per recipient, µs"],
      rows: [...found].map(([transport, list]) => {
        const times = list.map(({ milliseconds }) => milliseconds);
        return [
          `@mail/${transport}`,
          formatted(seen.get(transport)?.requests ?? 0),
          formatted(seen.get(transport)?.connections ?? 0),
          formatted(median(times)),
          range(times),
          formatted(median(list.map(({ cpuMicroseconds }) => cpuMicroseconds))),
        ];
      }),
      verdicts: Object.entries(most).map(([transport, required]) => {
        const requests = seen.get(transport)?.requests ?? Number.NaN;
        return {
          what: `requests, ${transport}`,
          required: `${required}`,
          measured: formatted(requests),
          met: requests <= required,
        };
      }),
    };
  },
};
