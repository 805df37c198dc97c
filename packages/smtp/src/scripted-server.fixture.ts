import { type AddressInfo, createServer, type Socket } from "node:net";

/** A reply, `cut` to drop the connection or `hang` to say nothing any more; a function is asked each time. */
type Reply = string | ((argument: string) => string);

/** What the server says at each point of the dialogue. */
export interface Script {
  readonly greeting?: Reply;
  readonly ehlo?: Reply;
  readonly starttls?: Reply;
  readonly auth?: Reply;
  readonly mail?: Reply;
  /** Asked with the address. */
  readonly rcpt?: Reply;
  readonly data?: Reply;
  /** Takes BDAT for a command that it does not know. */
  readonly lying?: boolean;
  /** Goes on after 421, which means that it goes. */
  readonly stays?: boolean;
  /** After which answers it closes the connection. Default: 421. */
  readonly leaves?: RegExp;
  /** Refuses commands that came together with the end of a mail. */
  readonly strict?: boolean;
  /** Asks for a mail by 354 although it has no recipient. */
  readonly lenient?: boolean;
  /** To a piece of a mail by BDAT that is not the last. */
  readonly chunk?: Reply;
  /** After the final dot, or the last piece by BDAT. */
  readonly body?: Reply;
  /** As soon as some of the body came, before the dot. */
  readonly midBody?: Reply;
  readonly rset?: Reply;
  readonly quit?: Reply;
  /** `end`: closes the connection right after the answer to a mail. */
  readonly afterBody?: Reply;
}

/** A mail as it came over the wire, dots unstuffed (RFC 5321 section 4.5.2). */
export interface WireMail {
  readonly to: readonly string[];
  readonly source: Buffer;
  /** What it was answered. */
  readonly reply: string;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Lines that clients sent, bodies left out. */
  readonly lines: string[];
  readonly mails: WireMail[];
  readonly connections: () => number;
  /** Resolves when a line like this came. */
  readonly seen: (pattern: RegExp) => Promise<void>;
  /** From now on what comes in is not looked at. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Resolves when something like this came in that was not looked at. */
  readonly unread: (pattern: RegExp) => Promise<void>;
  /** Resolves when clients have closed all connections. */
  readonly gone: () => Promise<void>;
  /** Drops all connections. */
  readonly drop: () => void;
}

const usual: Script = {
  greeting: "220 test ESMTP",
  ehlo: "250-test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES",
  starttls: "502 5.5.1 no",
  auth: "235 2.7.0 ok",
  mail: "250 2.1.0 ok",
  rcpt: "250 2.1.5 ok",
  data: "354 go on",
  chunk: "250 2.0.0 go on",
  body: "250 2.0.0 taken",
  rset: "250 2.0.0 ok",
  quit: "221 2.0.0 bye",
};

/** What a server may offer, and what is done with it differently. */
export const offers: readonly (readonly [name: string, ehlo: string])[] = [
  ["without extensions", "250 test"],
  ["with PIPELINING", "250-test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES"],
  ["with PIPELINING and CHUNKING", "250-test\r\n250-PIPELINING\r\n250 CHUNKING"],
];

/** A server that answers as told; the script may change while it runs. */
export async function scriptedServer(script: Script | (() => Script) = {}): Promise<ScriptedServer> {
  const lines: string[] = [];
  const mails: WireMail[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  /** What was not looked at yet. */
  const unread = new Map<Socket, string>();
  const readers = new Set<() => void>();
  let paused = false;
  let connections = 0;
  const now = (): Script => (typeof script === "function" ? script() : script);
  const replyAt = (
    point: Exclude<keyof Script, "lying" | "lenient" | "stays" | "leaves" | "strict">,
    argument = "",
  ): string | undefined => {
    const reply = now()[point] ?? usual[point];
    return typeof reply === "function" ? reply(argument) : reply;
  };

  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    let buffer = "";
    let inBody = false;
    let silent = false;
    let closed = false;
    let accepted: string[] = [];
    /** Pieces by BDAT so far. */
    let pieces = "";
    const say = (reply = "500 what?"): void => {
      if (reply === "cut") socket.destroy();
      else if (reply === "hang") silent = true;
      if (!silent && !socket.destroyed) socket.write(`${reply}\r\n`);
      const { leaves = /^421/, stays } = now();
      if (!leaves.test(reply) || stays) return;
      closed = true;
      socket.end();
    };
    const take = (source: string): void => {
      const body = replyAt("body") ?? "";
      mails.push({ to: accepted, source: Buffer.from(source, "latin1"), reply: body });
      accepted = [];
      lines.push("(body)");
      say(body);
      if (replyAt("afterBody") === "end") socket.end();
      if (!now().strict) return;
      const hasty = buffer.split("\r\n");
      buffer = hasty.pop() ?? "";
      lines.push(...hasty);
      for (const _ of hasty) say("503 5.5.1 not before the answer");
    };
    /** Takes what follows BDAT. */
    const takeChunk = (bytes: number, isLast: boolean): void => {
      pieces += buffer.slice(0, bytes);
      buffer = buffer.slice(bytes);
      if (accepted.length === 0) say("503 5.5.1 no valid recipients");
      else if (isLast) take(pieces);
      else say(replyAt("chunk"));
      if (isLast || accepted.length === 0) pieces = "";
    };
    const answer = (line: string): string | undefined => {
      const verb = /^[A-Z]+/i.exec(line)?.[0].toLowerCase() ?? "";
      if (verb === "mail" || verb === "rset") {
        accepted = [];
        pieces = "";
      }
      if (verb === "rcpt") {
        const address = Buffer.from(/<(.*)>/.exec(line)?.[1] ?? "", "latin1").toString("utf8");
        const reply = replyAt("rcpt", address);
        if (reply?.startsWith("2")) accepted.push(address);
        return reply;
      }
      if (verb === "data" && accepted.length === 0 && !now().lenient) return "503 5.5.1 no valid recipients";
      if (verb === "helo") return "250 test";
      const reply = Object.hasOwn(usual, verb) ? replyAt(verb as "mail") : undefined;
      if (verb === "data") inBody = reply?.startsWith("354") ?? false;
      return reply;
    };
    const read = (): void => {
      while (!closed && !paused) {
        if (inBody) {
          const midBody = replyAt("midBody");
          if (midBody !== undefined && buffer.length > 0) {
            say(midBody);
            return;
          }
          const end = buffer.indexOf("\r\n.\r\n");
          if (end === -1) return;
          const source = buffer.slice(0, end + 2).replaceAll("\r\n..", "\r\n.");
          buffer = buffer.slice(end + 5);
          inBody = false;
          take(source);
        } else {
          const end = buffer.indexOf("\r\n");
          if (end === -1) return;
          const line = buffer.slice(0, end);
          const [, bytes, last] = now().lying ? [] : (/^BDAT (\d+)( LAST)?$/.exec(line) ?? []);
          const midBody = replyAt("midBody");
          if (bytes !== undefined && last !== undefined && midBody !== undefined) {
            say(midBody);
            return;
          }
          if (bytes !== undefined && buffer.length < end + 2 + Number(bytes)) return;
          buffer = buffer.slice(end + 2);
          lines.push(line);
          if (bytes === undefined) say(answer(line));
          else takeChunk(Number(bytes), last !== undefined);
          if (line === "QUIT") socket.end();
        }
        for (const check of waiting) check();
      }
    };
    say(replyAt("greeting"));
    socket.on("data", (chunk) => {
      buffer += chunk.toString("latin1");
      read();
      unread.set(socket, buffer);
      for (const check of waiting) check();
    });
    readers.add(read);
  });

  const until = (isTrue: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!isTrue()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    mails,
    connections: () => connections,
    async gone() {
      await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
    drop,
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      for (const read of readers) read();
    },
    seen: (pattern) => until(() => lines.some((line) => pattern.test(line))),
    unread: (pattern) => until(() => [...unread.values()].some((text) => pattern.test(text))),
    async [Symbol.asyncDispose]() {
      drop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
