/** A fast SMTP server for the benchmark, in a process of its own: takes all mails, answers as told, and counts. */
import { createServer } from "node:net";
import { serveSink, sinkOptions } from "../suite/sink-process.ts";
import { nothingYet, reportOf, SinkSession, type SmtpSinkOptions } from "./sink-session.ts";

const options = sinkOptions<SmtpSinkOptions>();
let report = nothingYet();

const server = createServer({ noDelay: true }, (socket) => {
  report.connections++;
  const session = new SinkSession(socket, options, () => report);
  socket.on("data", (chunk) => session.take(chunk));
  socket.on("error", () => undefined);
});

serveSink(server, () => {
  const last = report;
  report = nothingYet();
  return reportOf(last);
});
