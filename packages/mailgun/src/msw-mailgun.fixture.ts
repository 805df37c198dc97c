import { HttpResponse, type HttpResponseInit, http, type JsonBodyType } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

export interface MswMailgun {
  /** Requests in order of arrival. */
  readonly requests: Request[];
  /** What is answered from now on in this case. */
  answer(body: JsonBodyType, init?: HttpResponseInit): void;
  /** The last request's form. */
  form(): Promise<FormData>;
}

/** Mailgun by msw, for the cases of one file; requests to anywhere else fail the case. */
export function mswMailgun(): MswMailgun {
  const requests: Request[] = [];
  const unhandled: string[] = [];
  let reply = (): Response => HttpResponse.json({});
  const accept = (): Response => HttpResponse.json({ id: "<1@mg.acme.example>", message: "Queued. Thank you." });
  const server = setupServer(
    http.post(/^https:\/\/api\.(eu\.)?mailgun\.net\/v3\/mg\.acme\.example\/messages$/, ({ request }) => {
      requests.push(request.clone());
      return reply();
    }),
  );
  server.events.on("request:unhandled", ({ request }) => {
    unhandled.push(request.url);
  });
  beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
  afterEach(() => {
    expect(unhandled.splice(0)).toEqual([]);
    requests.length = 0;
    reply = accept;
  });
  reply = accept;
  afterAll(() => server.close());
  return {
    requests,
    answer(body, init) {
      reply = () => (typeof body === "string" ? new HttpResponse(body, init) : HttpResponse.json(body, init));
    },
    async form() {
      const last = requests.at(-1);
      if (last === undefined) throw new Error("no request");
      return last.clone().formData();
    },
  };
}
