import type { Msg } from "@nats-io/transport-node";
import { decodeMessage } from "../broker/message-frame.ts";
import { nak } from "./nats-ack.ts";
import type { NatsClient } from "./nats-connection.ts";
import { dueSubject } from "./nats-names.ts";
import { NatsPull } from "./nats-pull.ts";

/** Mails that are looked at at once. */
const width = 256;

/**
 * Watches over the mails that are not due yet: each is put off until it is, by the server, and then becomes one of its
 * priority's subject, so that it overtakes and is overtaken like any other. It holds none, so that none waits for another.
 */
export class NatsMover {
  readonly #client: NatsClient;
  readonly #pull: NatsPull;
  readonly #onError: (thrown: unknown) => void;
  #moving = 0;

  constructor(client: NatsClient, onTrouble: (reason: string) => void, onError: (thrown: unknown) => void) {
    this.#client = client;
    this.#onError = onError;
    const { nc, names } = client;
    this.#pull = new NatsPull(nc, {
      stream: names.stream,
      durable: names.later.durable,
      room: () => width - this.#moving,
      onMessage: (message) => this.#look(message),
      onLate: (message) => nak(nc, message),
      onTrouble,
    });
  }

  stop(): Promise<void> {
    return this.#pull.stop();
  }

  forget(): void {
    this.#pull.forget();
  }

  #look(message: Msg): void {
    const place = placeOf(message.data);
    const waitMs = place.dueAt - Date.now();
    if (waitMs > 0) {
      nak(this.#client.nc, message, waitMs);
      return;
    }
    this.#moving++;
    this.#move(message, place)
      // It comes again when its time for an answer is up.
      .catch((thrown: unknown) => this.#onError(thrown))
      .finally(() => {
        this.#moving--;
        this.#pull.ask();
      });
  }

  async #move(message: Msg, { priority, msgID }: Place): Promise<void> {
    const { js, names } = this.#client;
    await js.publish(dueSubject(names, priority), message.data, msgID === undefined ? {} : { msgID });
    message.respond("+ACK");
  }
}

interface Place {
  readonly dueAt: number;
  readonly priority: number;
  /** A mail that is moved twice, because the answer was lost, arrives once. */
  readonly msgID?: string;
}

/** One that cannot be read goes to where that is reported. */
function placeOf(body: Uint8Array): Place {
  try {
    const { id, replays, dueAt, priority } = decodeMessage(body);
    return { dueAt, priority, msgID: `moved ${id} ${replays} ${dueAt}` };
  } catch {
    return { dueAt: 0, priority: 1 };
  }
}
