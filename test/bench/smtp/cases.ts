import { readFileSync } from "node:fs";
import PostalMime from "postal-mime";
import type { BenchCase, CaseResult, Verdict } from "../suite/bench-case.ts";
import {
  type Lane,
  measureRounds,
  medianOf,
  type Rounds,
  speedColumns,
  speedRatio,
  speedRows,
} from "../suite/measure.ts";
import { startSink } from "../suite/sink-process.ts";
import { formatted, ratioText } from "../suite/statistics.ts";
import { type Sample, sampleTimes } from "../suite/take-sample.ts";
import { type LoadName, leastBytes, loads } from "./loads.ts";
import type { SmtpOrder } from "./sample.ts";
import type { Extension, SmtpReport, SmtpSinkOptions } from "./sink-session.ts";

interface SmtpQuestion {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly load: LoadName;
  readonly latencyMs: number;
  readonly chunking?: boolean;
  /** Sends under way at once of those that hand mails out to their connections themselves. */
  readonly inFlight: number;
  /** How many times as many a second as the rival's. */
  readonly required?: Readonly<Partial<Record<"nodemailer" | "upyo", number>>>;
  readonly requiredPeakMb?: number;
}

const connections = 5;
const labels = { ours: "@mail/smtp, `mailer.send`", nodemailer: "nodemailer, pool", upyo: "@upyo/smtp" } as const;

const questions: readonly SmtpQuestion[] = [
  {
    name: "small",
    title: "Small mails, loopback",
    about: "Text and html, 1.9 KB as sent.",
    load: "small",
    latencyMs: 0,
    inFlight: 100,
    required: { nodemailer: 8, upyo: 1.7 },
  },
  {
    name: "small-chunking",
    title: "Small mails, loopback, CHUNKING",
    about: "The same to a server that takes BDAT.",
    load: "small",
    latencyMs: 0,
    chunking: true,
    inFlight: 100,
  },
  {
    name: "latency",
    title: "Small mails, 20 ms per reply",
    about: "The same with 20 ms until the answers to what arrived together.",
    load: "small",
    latencyMs: 20,
    inFlight: 100,
    required: { nodemailer: 1.9 },
  },
  {
    name: "latency-chunking",
    title: "Small mails, 20 ms per reply, CHUNKING",
    about: "The same to a server that takes BDAT.",
    load: "small",
    latencyMs: 20,
    chunking: true,
    inFlight: 100,
    required: { nodemailer: 8 },
  },
  {
    name: "attachment-distinct",
    title: "1 MB attachment, distinct",
    about: "A small mail with 1 MB that no other mail has.",
    load: "distinct",
    latencyMs: 0,
    inFlight: 10,
    required: { nodemailer: 3 },
  },
  {
    name: "attachment-same",
    title: "1 MB attachment, the same in all",
    about: "A small mail with the same 1 MB in each.",
    load: "same",
    latencyMs: 0,
    inFlight: 10,
    required: { nodemailer: 10 },
  },
  {
    name: "attachment-file",
    title: "10 MB attachment from a file",
    about: "Five at once; what counts is the memory of the sending process.",
    load: "file",
    latencyMs: 0,
    inFlight: connections,
    requiredPeakMb: 120,
  },
];

export const smtpCases: readonly BenchCase[] = questions.map((question) => ({
  name: question.name,
  title: question.title,
  about: question.about,
  run: (rounds) => run(question, rounds),
}));

async function run(question: SmtpQuestion, rounds: number): Promise<CaseResult> {
  const extensions: readonly Extension[] = ["PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8"];
  const options: SmtpSinkOptions = {
    latencyMs: question.latencyMs,
    extensions: question.chunking ? [...extensions, "CHUNKING"] : extensions,
  };
  await using sink = await startSink<SmtpReport>(new URL("./sink.ts", import.meta.url), options);
  const lanes = lanesFor(question, sink.port);
  const measured = await measureRounds(
    new URL("./sample.ts", import.meta.url),
    lanes,
    rounds,
    async (order, sample) => {
      const report = await sink.report();
      await checkReport(order, sample, report);
      return report.connections;
    },
  );
  return {
    columns: speedColumns,
    rows: speedRows(measured, lanes),
    verdicts: [...speedVerdicts(question, measured), ...memoryVerdicts(question, measured)],
    bars: lanes.map(({ label }) => ({ label, ratio: speedRatio(measured, label, labels.nodemailer) })),
  };
}

function lanesFor({ load, inFlight }: SmtpQuestion, port: number): readonly Lane<SmtpOrder>[] {
  return (["ours", "nodemailer", "upyo"] as const).map((subject) => ({
    label: labels[subject],
    rival: labels.nodemailer,
    order: {
      subject,
      load,
      port,
      connections,
      // Upyo opens a connection for each send under way.
      inFlight: subject === "upyo" ? connections : inFlight,
      ...sampleTimes,
    },
  }));
}

/** Each mail came once, whole, and as it was written. */
async function checkReport({ subject, load }: SmtpOrder, { total }: Sample, report: SmtpReport): Promise<void> {
  const { mails, recipientSum, smallest, kept, violations } = report;
  const fault = (what: string): Error => new Error(`${subject}, ${load}: ${what}`);
  if (violations.length > 0) throw fault(`not allowed at this point: ${violations[0]}`);
  if (mails !== total || recipientSum !== (total * (total - 1)) / 2) throw fault(`${mails} of ${total} mails came`);
  if (smallest < leastBytes[load]) throw fault(`a mail had ${smallest} bytes only`);
  const { subject: title = "", text, html, attachments } = await PostalMime.parse(Buffer.from(kept, "latin1"));
  const wanted = loads[load]()(Number(/\d+/.exec(title)?.[0]));
  const same = (found: string | undefined, sent: string): boolean =>
    found?.trim().replaceAll("\r\n", "\n") === sent.trim();
  if (title !== wanted.subject || !same(text, wanted.text) || !same(html, wanted.html))
    throw fault("a mail was changed");
  const { attachment } = wanted;
  if (attachment === undefined) return;
  const content = "path" in attachment ? readFileSync(attachment.path) : attachment.content;
  if (!content.equals(Buffer.from(attachments[0]?.content as ArrayBuffer))) throw fault("a file was changed");
}

function speedVerdicts({ required = {} }: SmtpQuestion, measured: Rounds): readonly Verdict[] {
  return Object.entries(required).map(([rival, least]) => {
    const ratio = speedRatio(measured, labels.ours, labels[rival as keyof typeof labels]);
    return {
      what: `mails a second, × ${rival}`,
      required: `${least}`,
      measured: ratioText(ratio),
      met: ratio >= least,
    };
  });
}

function memoryVerdicts({ requiredPeakMb }: SmtpQuestion, measured: Rounds): readonly Verdict[] {
  if (requiredPeakMb === undefined) return [];
  const peak = medianOf(measured, labels.ours, "peakMb");
  return [
    {
      what: "peak memory, MB",
      required: `below ${requiredPeakMb}`,
      measured: formatted(peak),
      met: peak < requiredPeakMb,
    },
  ];
}
