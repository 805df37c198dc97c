import type { Call, Exchange } from "../database-calls.ts";
import { addMails } from "./add-mails.ts";
import { changeMail } from "./change-mail.ts";
import type { RateBook } from "./rate-book.ts";
import { countJobs, findJob, listJobs, readPause, readPayload } from "./read-mails.ts";
import { setPause } from "./set-pause.ts";
import { renewLeases, settleMails } from "./settle-mails.ts";
import type { Statements } from "./statements.ts";
import { takeMails } from "./take-mails.ts";
import type { WriteTransaction } from "./write-transaction.ts";

/** A call with the payloads that came with it. */
export type ReceivedCall = Call & { readonly payloads: Uint8Array };

/** Does what a call that writes asks for. */
export function carryOut(transaction: WriteTransaction, call: ReceivedCall): unknown {
  switch (call.name) {
    case "add":
      return addMails(transaction, call.input, call.payloads);
    case "exchange": {
      const lost = settleMails(transaction, call.input);
      return { lost, ...takeMails(transaction, call.input) } satisfies Exchange;
    }
    case "renew":
      return renewLeases(transaction, call.input);
    case "change":
      return changeMail(transaction, call.input);
    case "setPaused":
      return setPause(transaction, call.input);
    default:
      throw new Error(`${call.name} does not write`);
  }
}

/** Answers a call that only reads. */
export function look(statements: Statements, rates: RateBook, call: ReceivedCall, now: number): unknown {
  switch (call.name) {
    case "find":
      return findJob(statements, call.input, now);
    case "payload":
      return readPayload(statements, call.input);
    case "list":
      return listJobs(statements, call.input, now);
    case "counts":
      return { ...countJobs(statements, now), lastMinute: rates.ofLastMinute(statements, now) };
    case "pausedBy":
      return readPause(statements);
    default:
      throw new Error(`${call.name} writes`);
  }
}
