/** A fast stand-in for the three providers' APIs, in a process of its own: accepts all mails, and counts. */
import { createServer } from "node:net";
import { serveSink, sinkOptions } from "../suite/sink-process.ts";
import { type HttpReport, type HttpSinkOptions, HttpSinkSession, nothingYet } from "./sink-session.ts";

const options = sinkOptions<HttpSinkOptions>();
let report = nothingYet();

const server = createServer({ noDelay: true }, (socket) => {
  report.connections++;
  const session = new HttpSinkSession(socket, options, () => report);
  socket.on("data", (chunk) => session.take(chunk));
  socket.on("error", () => undefined);
});

serveSink(server, (): HttpReport => {
  const last = report;
  report = nothingYet();
  return { ...last, recipients: last.recipients.size };
});
