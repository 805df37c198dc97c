import { leastBytes } from "../smtp/loads.ts";
import type { BenchCase, CaseResult } from "../suite/bench-case.ts";
import { type Lane, measureRounds, speedColumns, speedRatio, speedRows } from "../suite/measure.ts";
import { startSink } from "../suite/sink-process.ts";
import { ratioText } from "../suite/statistics.ts";
import { type Sample, sampleTimes } from "../suite/take-sample.ts";
import type { HttpOrder } from "./sample.ts";
import type { HttpReport, HttpSinkOptions } from "./sink-session.ts";
import type { Provider } from "./transports.ts";

const sdkNames = { sendgrid: "@sendgrid/mail", mailgun: "mailgun.js", ses: "@aws-sdk/client-sesv2" } as const;
const leastRatio = 0.95;

export const httpCases: readonly BenchCase[] = (["sendgrid", "mailgun", "ses"] as const).map((provider) => ({
  name: provider,
  title: `@mail/${provider} beside ${sdkNames[provider]}`,
  about: "The same small mails to a stand-in for the API, with one and with 50 sends under way.",
  run: (rounds) => run(provider, rounds),
}));

async function run(provider: Provider, rounds: number): Promise<CaseResult> {
  const options: HttpSinkOptions = { findRecipients: false };
  await using sink = await startSink<HttpReport>(new URL("./sink.ts", import.meta.url), options);
  const atOnce = [1, 50].map((inFlight) => ({
    inFlight,
    ours: `@mail/${provider}, ${inFlight} at once`,
    sdk: `${sdkNames[provider]}, ${inFlight} at once`,
  }));
  const lanes = atOnce.flatMap(({ inFlight, ours, sdk }) =>
    (["ours", "sdk"] as const).map((subject): Lane<HttpOrder> => {
      const url = `http://127.0.0.1:${sink.port}`;
      const order = { provider, subject, url, inFlight, ...sampleTimes };
      return { label: subject === "ours" ? ours : sdk, rival: sdk, order };
    }),
  );
  const measured = await measureRounds(
    new URL("./sample.ts", import.meta.url),
    lanes,
    rounds,
    async (order, sample) => {
      const report = await sink.report();
      checkReport(order, sample, report);
      return report.connections;
    },
  );
  return {
    columns: speedColumns,
    rows: speedRows(measured, lanes),
    verdicts: atOnce.map(({ inFlight, ours, sdk }) => {
      const ratio = speedRatio(measured, ours, sdk);
      return {
        what: `mails a second, ${inFlight} at once, × ${sdkNames[provider]}`,
        required: `${leastRatio}`,
        measured: ratioText(ratio),
        met: ratio >= leastRatio,
      };
    }),
    bars: atOnce.flatMap(({ inFlight, ours, sdk }) => [
      { label: `@mail/${provider}, ${inFlight} at once`, ratio: speedRatio(measured, ours, sdk) },
      ...(inFlight === 50 ? [{ label: sdkNames[provider], ratio: 1 }] : []),
    ]),
  };
}

function checkReport({ provider, subject }: HttpOrder, { total }: Sample, report: HttpReport): void {
  const { requests, smallest, first } = report;
  const fault = (what: string): Error => new Error(`${subject}, ${provider}: ${what}`);
  if (requests !== total) throw fault(`${requests} of ${total} mails came`);
  if (smallest < leastBytes.small - 500) throw fault(`a mail had ${smallest} bytes only`);
  for (const part of ["user", "Order", "Your parcel has left our house", "Tea, 250 g", "hello@acme.example"])
    if (!first.includes(part)) throw fault(`the first mail is without ${JSON.stringify(part)}`);
}
