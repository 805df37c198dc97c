import { type AddressInfo, createServer, type Socket } from "node:net";

/** A reply, `cut` to drop the connection or `hang` to say nothing; a function is asked each time. */
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
  /** After the final dot. */
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
  body: "250 2.0.0 taken",
  rset: "250 2.0.0 ok",
  quit: "221 2.0.0 bye",
};

/** A server that answers as told; the script may change while it runs. */
export async function scriptedServer(script: Script | (() => Script) = {}): Promise<ScriptedServer> {
  const lines: string[] = [];
  const mails: WireMail[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const replyAt = (point: keyof Script, argument = ""): string | undefined => {
    const reply = (typeof script === "function" ? script() : script)[point] ?? usual[point];
    return typeof reply === "function" ? reply(argument) : reply;
  };

  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    let buffer = "";
    let inBody = false;
    let accepted: string[] = [];
    const say = (reply = "500 what?"): void => {
      if (reply === "cut") socket.destroy();
      else if (reply !== "hang") socket.write(`${reply}\r\n`);
    };
    const answer = (line: string): string | undefined => {
      const verb = /^[A-Z]+/i.exec(line)?.[0].toLowerCase() ?? "";
      if (verb === "mail") accepted = [];
      if (verb === "rcpt") {
        const address = Buffer.from(/<(.*)>/.exec(line)?.[1] ?? "", "latin1").toString("utf8");
        const reply = replyAt("rcpt", address);
        if (reply?.startsWith("2")) accepted.push(address);
        return reply;
      }
      if (verb === "data" && accepted.length === 0) return "503 5.5.1 no valid recipients";
      if (verb === "helo") return "250 test";
      const reply = Object.hasOwn(usual, verb) ? replyAt(verb as keyof Script) : undefined;
      if (verb === "data") inBody = reply?.startsWith("354") ?? false;
      return reply;
    };
    const read = (): void => {
      for (;;) {
        if (inBody) {
          const midBody = replyAt("midBody");
          if (midBody !== undefined && buffer.length > 0) {
            say(midBody);
            return;
          }
          const end = buffer.indexOf("\r\n.\r\n");
          if (end === -1) return;
          const source = Buffer.from(buffer.slice(0, end + 2).replaceAll("\r\n..", "\r\n."), "latin1");
          const body = replyAt("body") ?? "";
          mails.push({ to: accepted, source, reply: body });
          buffer = buffer.slice(end + 5);
          inBody = false;
          lines.push("(body)");
          say(body);
          if (replyAt("afterBody") === "end") socket.end();
        } else {
          const end = buffer.indexOf("\r\n");
          if (end === -1) return;
          const line = buffer.slice(0, end);
          buffer = buffer.slice(end + 2);
          lines.push(line);
          say(answer(line));
          if (line === "QUIT") socket.end();
        }
        for (const check of waiting) check();
      }
    };
    say(replyAt("greeting"));
    socket.on("data", (chunk) => {
      buffer += chunk.toString("latin1");
      read();
    });
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
    seen: (pattern) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!lines.some((line) => pattern.test(line))) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async [Symbol.asyncDispose]() {
      drop();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
