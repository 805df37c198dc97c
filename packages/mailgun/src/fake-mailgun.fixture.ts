import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A request to Mailgun's API, read by the runtime's own parser of forms. */
export interface CapturedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly form: FormData;
  /** The body, bytes as Latin-1 characters. */
  readonly raw: string;
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** A Mailgun on loopback that takes mails, or does with the next request what it is told. */
export class FakeMailgun {
  readonly requests: CapturedRequest[] = [];
  contacts = 0;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next: Behaviour | undefined;
  #arrived = Promise.withResolvers<void>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on("connection", (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<FakeMailgun> {
    const fake = new FakeMailgun();
    fake.#server.listen(0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What to do with the next request, as soon as its head is there. */
  playNext(behaviour: Behaviour): void {
    this.#next = behaviour;
  }

  /** The next request is answered so, once it is read. */
  answerNext(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.playNext((request, response) => {
      request.resume().on("end", () => {
        const json = typeof body !== "string";
        response.writeHead(status, { "content-type": json ? "application/json" : "text/html", ...headers });
        response.end(json ? JSON.stringify(body) : body);
      });
    });
  }

  /** Resolves when the head of a request has arrived. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.contacts++;
    this.#arrived.resolve();
    const behaviour = this.#next;
    this.#next = undefined;
    if (behaviour !== undefined) return behaviour(request, response);
    const body = await readAll(request);
    const { method = "", url: path = "" } = request;
    const answer = (status: number, json: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    };
    if (method !== "POST" || !/^\/v3\/[^/]+\/messages$/.test(path)) return answer(404, { message: "not found" });
    const form = await new Response(new Uint8Array(body), {
      headers: { "content-type": request.headers["content-type"] ?? "" },
    }).formData();
    if (!form.has("from"))
      return answer(400, { message: "'from' parameter is not a valid address. please check documentation" });
    const { authorization } = request.headers;
    this.requests.push({ method, path, authorization, form, raw: body.toString("latin1") });
    answer(200, { id: form.get("h:Message-Id") ?? "<1@mg.acme.example>", message: "Queued. Thank you." });
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
