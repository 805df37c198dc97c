import type { SmtpReport, SmtpSinkOptions } from "../smtp/sink-session.ts";
import { askProcess } from "../suite/ask-process.ts";
import type { BenchCase } from "../suite/bench-case.ts";
import { startSink } from "../suite/sink-process.ts";
import { formatted } from "../suite/statistics.ts";
import type { MergeOrder, MergeStage } from "./merge-sample.ts";

const recipients = Number(process.env["RECIPIENTS"] ?? 1_000_000);
const mostMb = 20;

export const mergeCase: BenchCase = {
  name: "merge",
  title: `Mail merge over SMTP, ${formatted(recipients)} recipients`,
  about:
    "One `sendBulk` from a generator, once; memory after each tenth, with the garbage collected. `RECIPIENTS` sets their number.",
  async run() {
    const options: SmtpSinkOptions = {
      latencyMs: 0,
      extensions: ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "CHUNKING"],
    };
    await using sink = await startSink<SmtpReport>(new URL("../smtp/sink.ts", import.meta.url), options);
    const order: MergeOrder = { port: sink.port, recipients };
    const file = new URL("./merge-sample.ts", import.meta.url);
    const stages = await askProcess<readonly MergeStage[]>(file, order, { execArgv: ["--expose-gc"] });
    const { mails, recipientSum } = await sink.report();
    if (mails !== recipients || recipientSum !== (recipients * (recipients - 1)) / 2)
      throw new Error(`${mails} of ${recipients} mails came`);
    const [first = Number.NaN, ...later] = stages.map(({ usedMb }) => usedMb);
    const growth = Math.max(first, ...later) - first;
    return {
      columns: ["recipients done", "heap and buffers, MB", "resident, MB", "a second"],
      rows: stages.map(({ done, usedMb, residentMb, seconds }) => [
        formatted(done),
        formatted(usedMb, 1),
        formatted(residentMb),
        formatted(done / seconds),
      ]),
      verdicts: [
        {
          what: "growth of heap and buffers after the first tenth, MB",
          required: `under ${mostMb}`,
          measured: formatted(growth, 1),
          met: growth < mostMb,
        },
      ],
    };
  },
};
