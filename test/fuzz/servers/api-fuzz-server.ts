import type { Socket } from "node:net";
import { tcpServer } from "../../faults/servers/tcp-server.ts";
import { type WireAnswer, writeAnswer } from "../wire-answer.ts";

/** What the server decides about each mail, and what is seen of it on the wire. */
export interface ApiPlan {
  readonly yes: boolean;
  /** Answers as soon as it has the headers, and reads no further. */
  readonly early: boolean;
  readonly answer: WireAnswer;
}

export interface ApiFuzzServer extends AsyncDisposable {
  readonly url: string;
  /** Requests that the server has carried out, whatever it said. */
  readonly taken: readonly string[];
  /** Times that anybody came. */
  readonly requests: () => number;
  /** What went wrong in the server itself, or was found out there. */
  readonly faults: readonly unknown[];
}

/** A server whose decisions are clear, but whose words are spoiled on their way. */
export async function apiFuzzServer({ yes, early, answer }: ApiPlan): Promise<ApiFuzzServer> {
  const taken: string[] = [];
  const faults: unknown[] = [];
  let requests = 0;

  async function serve(socket: Socket): Promise<void> {
    const reader = readerOf(socket);
    for (;;) {
      const head = await reader.until("\r\n\r\n");
      if (head === undefined) return;
      requests++;
      if (early) {
        await writeAnswer(socket, answer);
        return;
      }
      const body = await bodyOf(head, reader);
      if (body === undefined) return;
      // Decided before it is said: what is lost on the way takes nothing back.
      if (yes) taken.push(body);
      if (!(await writeAnswer(socket, answer))) return;
    }
  }

  const server = await tcpServer((socket) => {
    serve(socket).catch((thrown: unknown) => faults.push(thrown));
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    taken,
    requests: () => requests,
    faults,
    [Symbol.asyncDispose]: server.stop,
  };
}

interface Reader {
  until(end: string): Promise<string | undefined>;
  bytes(count: number): Promise<string | undefined>;
}

/** Reads piece by piece, each byte as one character; `undefined` where the connection ends before. */
function readerOf(socket: Socket): Reader {
  const chunks = socket.iterator({ destroyOnReturn: false });
  let rest = "";
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next().catch(() => ({ value: undefined, done: true }));
    rest += done ? "" : (value as Buffer).toString("latin1");
    return !done;
  };
  const take = (count: number): string => {
    const piece = rest.slice(0, count);
    rest = rest.slice(count);
    return piece;
  };
  return {
    async until(end) {
      while (!rest.includes(end)) if (!(await more())) return undefined;
      return take(rest.indexOf(end) + end.length);
    },
    async bytes(count) {
      while (rest.length < count) if (!(await more())) return undefined;
      return take(count);
    },
  };
}

/** By its length or in chunks (RFC 9112 section 6). */
async function bodyOf(head: string, reader: Reader): Promise<string | undefined> {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return reader.bytes(Number(length));
  if (!/^transfer-encoding: *chunked/im.test(head)) return "";
  for (let body = ""; ; ) {
    const size = Number.parseInt((await reader.until("\r\n")) ?? "", 16);
    const chunk = Number.isNaN(size) ? undefined : await reader.bytes(size);
    if (chunk === undefined || (await reader.until("\r\n")) === undefined) return undefined;
    if (size === 0) return body;
    body += chunk;
  }
}
