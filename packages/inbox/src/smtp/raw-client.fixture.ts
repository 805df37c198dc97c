import { connect, type Socket } from "node:net";
import { afterEach } from "vitest";

/** A client that says what it is told and shows what comes back, byte for byte. */
export interface RawClient {
  write(text: string | Uint8Array): void;
  /** Waits for one reply, all of its lines; the empty text when the connection ended before. */
  reply(): Promise<string>;
  /** Says a line and waits for its reply. */
  say(line: string): Promise<string>;
  /** Says lines in turn; the last one's reply. */
  sayAll(...lines: readonly string[]): Promise<string>;
  /** Waits until the server closed the connection. */
  ended(): Promise<void>;
}

const open = new Set<Socket>();

afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
});

/** Connects; the greeting is the first reply. */
export function rawClient(port: number): RawClient {
  const socket = connect(port, "127.0.0.1");
  open.add(socket);
  let received = "";
  let over = false;
  let wake: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    received += text;
    wake();
  });
  // A connection that the server cuts may end in ECONNRESET.
  socket.on("error", () => undefined);
  for (const event of ["end", "close"])
    socket.on(event, () => {
      over = true;
      wake();
    });

  async function reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(received)?.[0];
      if (whole !== undefined) {
        received = received.slice(whole.length);
        return whole.trimEnd();
      }
      if (over) return "";
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  async function say(line: string): Promise<string> {
    socket.write(`${line}\r\n`);
    return reply();
  }

  return {
    write: (text) => void socket.write(text),
    reply,
    say,
    async sayAll(...lines) {
      let last = "";
      for (const line of lines) last = await say(line);
      return last;
    },
    ended: () => closed,
  };
}
