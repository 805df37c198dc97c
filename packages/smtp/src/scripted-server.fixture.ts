import { type AddressInfo, createServer, type Socket } from "node:net";

/** What the server says at each point of the dialogue: a reply, `cut` to drop the connection, `hang` to say nothing. */
export interface Script {
  readonly greeting?: string;
  readonly ehlo?: string;
  readonly starttls?: string;
  readonly auth?: string;
  readonly mail?: string;
  /** By recipient. */
  readonly rcpt?: (address: string) => string;
  readonly data?: string;
  /** After the final dot. */
  readonly body?: string;
  /** As soon as this much of the body came, before the dot. */
  readonly midBody?: string;
  readonly rset?: string;
  readonly quit?: string;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Lines that clients sent, bodies left out. */
  readonly lines: string[];
  readonly connections: () => number;
  /** Resolves when a line like this came. */
  readonly seen: (pattern: RegExp) => Promise<void>;
  /** Drops all connections. */
  readonly drop: () => void;
}

const usual: Required<Omit<Script, "midBody">> = {
  greeting: "220 test ESMTP",
  ehlo: "250-test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES",
  starttls: "502 5.5.1 no",
  auth: "235 2.7.0 ok",
  mail: "250 2.1.0 ok",
  rcpt: () => "250 2.1.5 ok",
  data: "354 go on",
  body: "250 2.0.0 taken",
  rset: "250 2.0.0 ok",
  quit: "221 2.0.0 bye",
};

/** A server that answers as told; the script may change while it runs. */
export async function scriptedServer(script: Script | (() => Script) = {}): Promise<ScriptedServer> {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const current = (): Required<Omit<Script, "midBody">> & Script => ({
    ...usual,
    ...(typeof script === "function" ? script() : script),
  });

  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    let buffer = "";
    let inBody = false;
    let accepted = 0;
    const say = (reply: string): void => {
      if (reply === "cut") socket.destroy();
      else if (reply !== "hang" && reply !== "") socket.write(`${reply}\r\n`);
    };
    const answer = (line: string): string => {
      const { ehlo, starttls, auth, mail, rcpt, data, rset, quit } = current();
      const verb = /^[A-Z]+/i.exec(line)?.[0].toUpperCase() ?? "";
      if (verb === "MAIL") accepted = 0;
      if (verb === "RCPT") {
        const reply = rcpt(/<(.*)>/.exec(line)?.[1] ?? "");
        if (reply.startsWith("2")) accepted++;
        return reply;
      }
      if (verb === "DATA") {
        if (accepted === 0) return "503 5.5.1 no valid recipients";
        inBody = /^354/.test(data);
        return data;
      }
      const replies: Readonly<Record<string, string>> = {
        EHLO: ehlo,
        HELO: "250 test",
        STARTTLS: starttls,
        AUTH: auth,
        MAIL: mail,
        RSET: rset,
        QUIT: quit,
      };
      return replies[verb] ?? "500 what?";
    };
    const read = (): void => {
      for (;;) {
        if (inBody) {
          const { midBody, body } = current();
          if (midBody !== undefined && buffer.length > 0) {
            say(midBody);
            return;
          }
          const end = buffer.indexOf("\r\n.\r\n");
          if (end === -1) return;
          buffer = buffer.slice(end + 5);
          inBody = false;
          lines.push("(body)");
          say(body);
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
    say(current().greeting);
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
    connections: () => connections,
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
