import {
  type MailEvent,
  MailEventError,
  type MailEventErrorCode,
  type MailEventSource,
  memoryStore,
  parseEventJson,
  readEventBody,
  type Store,
  type TrackingStore,
} from "@mail/core";

let lastId = 0;

/** An event that nothing else is known of. */
export function mailEvent(event: Partial<MailEvent> = {}): MailEvent {
  lastId += 1;
  return {
    id: `event-${lastId}`,
    type: "delivered",
    at: new Date("2026-11-25T12:00:00Z"),
    provider: "test",
    mailId: "mail-1",
    recipient: "ada@example.com",
    tags: [],
    metadata: {},
    raw: {},
    ...event,
  };
}

/** Reads events as JSON; a request with the header `refuse` is refused for that reason. */
export function jsonSource(statusFor?: MailEventSource["statusFor"]): MailEventSource {
  return {
    provider: "test",
    async parse(request) {
      const code = request.headers.get("refuse");
      if (code !== null)
        throw new MailEventError("The secret of this body is 42", {
          code: code as MailEventErrorCode,
          field: "signature",
          hint: "Check the key of the source.",
        });
      const events = parseEventJson(await readEventBody(request, 1_000_000)) as (MailEvent & { readonly at: string })[];
      return events.map((event) => ({ ...event, at: new Date(event.at) }));
    },
    ...(statusFor !== undefined && { statusFor }),
  };
}

/** A provider's report of events. */
export function report(events: readonly MailEvent[], headers: Readonly<Record<string, string>> = {}): Request {
  return new Request("https://app.example/mail/events/test", {
    method: "POST",
    body: JSON.stringify(events),
    headers: { "content-type": "application/json", ...headers },
  });
}

type Fault = (call: keyof TrackingStore) => void | Promise<void>;

/** A store in memory whose tracking asks `fault` before each call: it may throw, or take its time. */
export function faultyStore(fault: Fault): Store {
  const store = memoryStore();
  const tracking = new Proxy(store.tracking as TrackingStore, {
    get(target, name: keyof TrackingStore) {
      return async (...parameters: never[]) => {
        await fault(name);
        const method = target[name] as (...given: never[]) => Promise<unknown>;
        return await method.apply(target, parameters);
      };
    },
  });
  return { ...store, tracking };
}
