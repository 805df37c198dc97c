import type { Socket } from "node:net";

const crlf = "\r\n";
const few = 16;

/** Reads a connection piece by piece; each method gives `undefined` where the connection ends before. */
export class WireReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, { readsSlowly = false }: { readonly readsSlowly?: boolean | undefined } = {}) {
    this.#chunks = (readsSlowly ? fewBytes(socket) : allBytes(socket))[Symbol.asyncIterator]();
  }

  async line(): Promise<string | undefined> {
    return (await this.#until((buffer) => buffer.indexOf(crlf), crlf.length))?.toString("latin1");
  }

  /** All header lines of HTTP. */
  async head(): Promise<string | undefined> {
    return (await this.#until((buffer) => buffer.indexOf(crlf + crlf), 2 * crlf.length))?.toString("latin1");
  }

  /** Resolves as soon as there is something to read. */
  async some(): Promise<true | undefined> {
    if (this.#rest.length === 0) this.#rest = (await this.#next()) ?? this.#rest;
    return this.#rest.length > 0 ? true : undefined;
  }

  async bytes(count: number): Promise<Buffer | undefined> {
    const parts = [this.#rest];
    for (let length = this.#rest.length; length < count; ) {
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      parts.push(chunk);
      length += chunk.length;
    }
    const all = Buffer.concat(parts);
    this.#rest = all.subarray(count);
    return all.subarray(0, count);
  }

  /** A mail's content up to the final dot and with it; the next mail's commands may follow at once. */
  async mail(): Promise<Buffer | undefined> {
    const end = `${crlf}.${crlf}`;
    const parts: Buffer[] = [];
    let before = 0;
    for (let chunk: Buffer | undefined = this.#rest; chunk !== undefined; chunk = await this.#next()) {
      parts.push(chunk);
      const overlap = Math.min(before, end.length - 1);
      const at = Buffer.concat(parts.slice(-end.length)).indexOf(end, -(chunk.length + overlap));
      before += chunk.length;
      if (at === -1) continue;
      const all = Buffer.concat(parts);
      const length = all.indexOf(end) + end.length;
      this.#rest = all.subarray(length);
      return all.subarray(0, length);
    }
    return undefined;
  }

  async #until(find: (buffer: Buffer) => number, length: number): Promise<Buffer | undefined> {
    let at = find(this.#rest);
    while (at === -1) {
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#rest = Buffer.concat([this.#rest, chunk]);
      at = find(this.#rest);
    }
    const found = this.#rest.subarray(0, at);
    this.#rest = this.#rest.subarray(at + length);
    return found;
  }

  async #next(): Promise<Buffer | undefined> {
    const { value, done } = await this.#chunks.next();
    return done ? undefined : value;
  }
}

/** Ends where the connection ends, however it ends. A consumer that stops asking leaves the connection open. */
async function* allBytes(socket: Socket, take: () => Buffer | null = () => socket.read()): AsyncGenerator<Buffer> {
  let wake = Promise.withResolvers<void>();
  let ended = false;
  socket.on("readable", () => wake.resolve());
  for (const event of ["end", "close"]) {
    socket.once(event, () => {
      ended = true;
      wake.resolve();
    });
  }
  while (true) {
    for (let chunk = take(); chunk !== null; chunk = take()) yield chunk;
    if (ended) return;
    await wake.promise;
    wake = Promise.withResolvers();
  }
}

async function* fewBytes(socket: Socket): AsyncGenerator<Buffer> {
  for await (const bytes of allBytes(socket, () => socket.read(few) ?? socket.read())) {
    yield bytes;
    await new Promise(setImmediate);
  }
}
