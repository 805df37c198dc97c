import type { Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { ReceivedMail } from "./received-mail.ts";
import type { Step } from "./step.ts";
import { type Place, tcpServer } from "./tcp-server.ts";

/** The other side of one transport in one cell. */
export interface FaultServer {
  readonly host: string;
  readonly port: number;
  /** Mails that came whole, in order. */
  readonly mails: ReceivedMail[];
  /** The fault begins. */
  spoil(): Promise<void>;
  /** The fault is over. */
  mend(): Promise<void>;
  /** Resolves when the other side has closed every connection. */
  allClosed(): Promise<void>;
  stop(): Promise<void>;
}

/** What is wrong with a server while it is faulty. */
export interface Faults<Point extends string> {
  readonly steps?: Readonly<Partial<Record<Point, Step>>> | undefined;
  readonly readsSlowly?: boolean | undefined;
  /** TLS from the first byte. */
  readonly tls?: Tls | undefined;
}

/** What a server speaks TLS with while it is faulty and while it is well; none where absent. */
export interface Tls {
  readonly faulty?: TlsOptions | undefined;
  readonly well?: TlsOptions | undefined;
}

/** The server as a dialogue with one client knows it. */
export interface ServerState<Point extends string> {
  readonly mails: ReceivedMail[];
  /** What to do at a point instead of the usual answer. */
  stepAt(point: Point, recipient?: string): Step | undefined;
  tlsNow(tls: Tls | undefined): TlsOptions | undefined;
}

/** A server with a fault that can begin and end; what it speaks is `talk`'s. */
export async function faultServer<Point extends string>(
  faults: Faults<Point>,
  talk: (socket: Socket, state: ServerState<Point>) => void,
  place?: Place,
): Promise<FaultServer> {
  let faulty = false;
  const state: ServerState<Point> = {
    mails: [],
    stepAt(point, recipient) {
      const step = faulty ? faults.steps?.[point] : undefined;
      if (step?.recipient !== undefined && step.recipient !== recipient) return undefined;
      if (step?.once) faulty = false;
      return step;
    },
    tlsNow: (tls) => (faulty ? tls?.faulty : tls?.well),
  };
  const server = await tcpServer((socket) => talk(socket, state), { place, tls: () => state.tlsNow(faults.tls) });
  return {
    host: server.host,
    port: server.port,
    mails: state.mails,
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
