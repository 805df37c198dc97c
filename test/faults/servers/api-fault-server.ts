import type { Socket } from "node:net";
import { type Api, accepted } from "./api-answers.ts";
import { type FaultServer, type Faults, faultServer, type ServerState } from "./fault-server.ts";
import { readRequest } from "./received-mail.ts";
import { play } from "./step.ts";
import type { Place } from "./tcp-server.ts";
import { WireReader } from "./wire-reader.ts";

/**
 * Where in a request a fault strikes: `first` as soon as some of it came, `body` when its headers and some of its body
 * came, `request` when it is whole, `rest` after it was answered.
 */
export type ApiPoint = "first" | "body" | "request" | "rest";

/** An API over HTTP with a fault that can begin and end. */
export function apiFaultServer(api: Api, faults: Faults<ApiPoint>, place?: Place): Promise<FaultServer> {
  const serve = async (socket: Socket, state: ServerState<ApiPoint>): Promise<void> => {
    const reader = new WireReader(socket, faults);
    while (await exchange(api, socket, reader, state));
  };
  return faultServer<ApiPoint>(faults, (socket, state) => void serve(socket, state), place);
}

/** @returns whether the connection is good for another request */
async function exchange(
  api: Api,
  socket: Socket,
  reader: WireReader,
  { mails, stepAt }: ServerState<ApiPoint>,
): Promise<boolean> {
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
