import type { Socket } from "node:net";
import { type Api, accepted } from "./api-answers.ts";
import type { FaultServer } from "./fault-server.ts";
import { type ReceivedMail, readRequest } from "./received-mail.ts";
import type { Tls } from "./smtp-fault-server.ts";
import { play, type Step } from "./step.ts";
import { type Place, type TcpServer, tcpServer } from "./tcp-server.ts";
import { WireReader } from "./wire-reader.ts";

/**
 * Where in a request a fault strikes: `first` as soon as some of it came, `body` when its headers and some of its body
 * came, `request` when it is whole, `rest` after it was answered.
 */
export type ApiPoint = "first" | "body" | "request" | "rest";

export interface ApiFaults {
  readonly steps?: Readonly<Partial<Record<ApiPoint, Step>>> | undefined;
  readonly tls?: Tls | undefined;
  readonly readsSlowly?: boolean | undefined;
}

/** An API over HTTP with a fault that can begin and end. */
export async function apiFaultServer(api: Api, faults: ApiFaults, place?: Place): Promise<FaultServer> {
  const mails: ReceivedMail[] = [];
  let faulty = false;
  const stepAt = (point: ApiPoint): Step | undefined => {
    const step = faulty ? faults.steps?.[point] : undefined;
    if (step?.once) faulty = false;
    return step;
  };
  const server: TcpServer = await tcpServer((socket) => void serve(socket), {
    place,
    tls: () => (faulty ? faults.tls?.faulty : faults.tls?.well),
  });

  async function serve(socket: Socket): Promise<void> {
    const reader = new WireReader(socket, faults);
    while (await exchange(socket, reader));
  }

  /** @returns whether the connection is good for another request */
  async function exchange(socket: Socket, reader: WireReader): Promise<boolean> {
    const first = (await reader.some()) && stepAt("first");
    if (first && !(await play(socket, first))) return false;
    const head = await reader.head();
    if (head === undefined) return false;
    const inBody = stepAt("body");
    if (inBody !== undefined && !((await reader.some()) && (await play(socket, inBody)))) return false;
    const content = await contentOf(head, reader);
    if (content === undefined) return false;
    const step = stepAt("request");
    mails.push({ ...readRequest[api](content), accepted: step?.accept ?? step === undefined });
    const answered = inBody?.say !== undefined || first?.say !== undefined;
    if (!answered && !(await play(socket, step ?? { say: accepted(api) }))) return false;
    const resting = stepAt("rest");
    return resting === undefined || play(socket, resting);
  }

  return {
    host: server.host,
    port: server.port,
    mails,
    async spoil() {
      faulty = true;
    },
    async mend() {
      faulty = false;
    },
    allClosed: server.allClosed,
    stop: server.stop,
  };
}

/** By its length or in chunks (RFC 9112 section 6). */
async function contentOf(head: string, reader: WireReader): Promise<Buffer | undefined> {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return reader.bytes(Number(length));
  const chunks: Buffer[] = [];
  while (true) {
    const size = Number.parseInt((await reader.line()) ?? "", 16);
    const chunk = Number.isNaN(size) ? undefined : await reader.bytes(size);
    if (chunk === undefined || (await reader.line()) === undefined) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(chunk);
  }
}
