import type { Socket } from "node:net";
import { tcpServer } from "../../faults/servers/tcp-server.ts";
import { type WireAnswer, writeAnswer } from "../wire-answer.ts";

export const smtpStages = ["greeting", "ehlo", "auth", "mail", "rcpt", "data", "body", "rset", "quit"] as const;
export type SmtpStage = (typeof smtpStages)[number];

/** What the server decides at a stage, and what is seen of it on the wire. */
export interface SmtpPlan {
  readonly yes: boolean;
  readonly answer: WireAnswer;
}

/** A mail that the server has taken over, whatever it said. */
interface TakenMail {
  readonly recipients: readonly string[];
  readonly source: string;
}

export interface SmtpFuzzServer extends AsyncDisposable {
  readonly port: number;
  readonly taken: readonly TakenMail[];
  /** All that was written, by stage and in order. */
  readonly said: readonly { readonly stage: SmtpStage; readonly text: string }[];
  /** What went wrong in the server itself, or was found out there. */
  readonly faults: readonly unknown[];
}

const greetingLine = "220 test ESMTP\r\n";

/** A server whose decisions are clear, but whose words are spoiled on their way. */
export async function smtpFuzzServer(plans: Readonly<Partial<Record<SmtpStage, SmtpPlan>>>): Promise<SmtpFuzzServer> {
  const taken: TakenMail[] = [];
  const said: { stage: SmtpStage; text: string }[] = [];
  const faults: unknown[] = [];

  /** @returns whether the server says yes, and goes on with the connection */
  async function answer(socket: Socket, stage: SmtpStage): Promise<{ readonly yes: boolean; readonly on: boolean }> {
    const { yes, answer: wire } = plans[stage] ?? usual(stage);
    said.push({ stage, text: wire.bytes.toString("latin1") });
    return { yes, on: await writeAnswer(socket, wire) };
  }

  async function serve(socket: Socket): Promise<void> {
    const lines = linesOf(socket);
    let recipients: string[] = [];
    if (!(await answer(socket, "greeting")).on) return;
    for await (const line of lines) {
      const stage = stageOf(line);
      if (stage === "mail" || stage === "rset") recipients = [];
      const { yes, on } = await answer(socket, stage);
      if (!on) return;
      if (stage === "rcpt" && yes) recipients.push(/<(.*?)>/.exec(line)?.[1] ?? "");
      if (stage === "quit") return void socket.end();
      if (stage !== "data" || !yes) continue;
      const source: string[] = [];
      for await (const content of lines) {
        if (content === ".") break;
        source.push(content);
      }
      if (socket.readableEnded || socket.destroyed) return;
      // Decided before it is said: what is lost on the way takes nothing back.
      if ((plans.body ?? usual("body")).yes) taken.push({ recipients, source: source.join("\n") });
      if (!(await answer(socket, "body")).on) return;
    }
  }

  const server = await tcpServer((socket) => {
    serve(socket).catch((thrown: unknown) => faults.push(thrown));
  });
  return {
    port: server.port,
    taken,
    said,
    faults,
    [Symbol.asyncDispose]: server.stop,
  };
}

export const usualReplies: Readonly<Record<SmtpStage, string>> = {
  greeting: greetingLine,
  ehlo: "250-test\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES\r\n",
  auth: "235 2.7.0 ok\r\n",
  mail: "250 2.1.0 ok\r\n",
  rcpt: "250 2.1.5 ok\r\n",
  data: "354 go on\r\n",
  body: "250 2.0.0 taken\r\n",
  rset: "250 2.0.0 ok\r\n",
  quit: "221 2.0.0 bye\r\n",
};

const usual = (stage: SmtpStage): SmtpPlan => ({ yes: true, answer: { bytes: Buffer.from(usualReplies[stage]) } });

function stageOf(line: string): SmtpStage {
  const verb = /^[A-Z]+/i.exec(line)?.[0].toLowerCase() ?? "";
  if (verb === "helo") return "ehlo";
  return smtpStages.find((stage) => stage === verb) ?? "rset";
}

/** Lines without their ends, in one go for all who ask. */
function linesOf(socket: Socket): AsyncGenerator<string> {
  const lines = readLines(socket);
  // A loop that breaks would end the generator for the next one.
  lines.return = async (value) => ({ done: true, value: await value });
  return lines;
}

async function* readLines(socket: Socket): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      const lines = (rest + chunk.toString("latin1")).split("\r\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch {
    // The connection broke.
  }
}
