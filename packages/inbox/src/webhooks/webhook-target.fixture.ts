import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedPost {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: Buffer;
}

/** An app's endpoint on loopback. */
export interface WebhookTarget extends AsyncDisposable {
  readonly url: string;
  readonly posts: readonly ReceivedPost[];
  /** The n-th post, from 1, once it has come. */
  post(n: number): Promise<ReceivedPost>;
}

type Answer = number | ((response: ServerResponse) => void);

/** Answers with the given statuses, one after the other, and with 200 from then on. */
export async function webhookTarget(...answers: Answer[]): Promise<WebhookTarget> {
  const posts: ReceivedPost[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url = "", method = "", headers } = request;
      posts.push({ path: url, method, headers, rawBody: Buffer.concat(chunks) });
      const answer = answers.shift() ?? 200;
      if (typeof answer === "number") response.writeHead(answer).end();
      else answer(response);
      for (const wake of waiting.splice(0)) wake();
    });
  });
  await listening(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    posts,
    async post(n) {
      while (posts.length < n) await new Promise<void>((resolve) => waiting.push(resolve));
      return posts[n - 1] as ReceivedPost;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function listening(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}

/** An address on which nothing listens. */
export async function deafUrl(): Promise<string> {
  await using target = await webhookTarget();
  return target.url;
}
