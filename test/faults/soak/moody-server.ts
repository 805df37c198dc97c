import { setTimeout as sleep } from "node:timers/promises";
import { type Api, accepted, refusal } from "../servers/api-answers.ts";
import { apiFaultServer } from "../servers/api-fault-server.ts";
import type { FaultServer } from "../servers/fault-server.ts";
import type { ReceivedMail } from "../servers/received-mail.ts";
import { smtpFaultServer } from "../servers/smtp-fault-server.ts";
import type { Step } from "../servers/step.ts";
import type { Place } from "../servers/tcp-server.ts";

export type Mood = "well" | "slow" | "refusing" | "cutting" | "losing answers" | "stopped";

/** How often each mood comes, and for how long at most. */
const moods: readonly (readonly [mood: Mood, share: number])[] = [
  ["well", 0.4],
  ["slow", 0.15],
  ["refusing", 0.1],
  ["cutting", 0.15],
  ["losing answers", 0.05],
  ["stopped", 0.15],
];
const longestMs = 250;

/** A server that is slow, refuses, breaks, stops and starts again, as the numbers tell it, until it is to be well. */
export class MoodyServer {
  /** How often it was in each mood. */
  readonly phases = new Map<Mood, number>();
  readonly #via: "smtp" | Api;
  readonly #random: () => number;
  readonly #steps: Record<string, Step> = {};
  readonly #past: FaultServer[] = [];
  #server: FaultServer;
  #moody: Promise<void> = Promise.resolve();
  #over = false;

  private constructor(via: "smtp" | Api, server: FaultServer, steps: Record<string, Step>, random: () => number) {
    this.#via = via;
    this.#server = server;
    this.#steps = steps;
    this.#random = random;
  }

  /** @param host an address of loopback that no client has, so that its port stays free while it is stopped */
  static async start(via: "smtp" | Api, host: string, random: () => number): Promise<MoodyServer> {
    const steps: Record<string, Step> = {};
    return new MoodyServer(via, await listen(via, steps, { host, port: 0 }), steps, random);
  }

  get place(): Place {
    return { host: this.#server.host, port: this.#server.port };
  }

  beginMoods(): void {
    this.#moody = this.#live();
  }

  async endMoods(): Promise<void> {
    this.#over = true;
    await this.#moody;
  }

  /** The mails that came since the last time. */
  takeMails(): readonly ReceivedMail[] {
    return [...this.#past, this.#server].flatMap(({ mails }) => mails.splice(0));
  }

  async allClosed(): Promise<void> {
    await Promise.all([...this.#past, this.#server].map((server) => server.allClosed()));
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  async #live(): Promise<void> {
    while (!this.#over) {
      const mood = this.#nextMood();
      this.phases.set(mood, (this.phases.get(mood) ?? 0) + 1);
      if (mood === "stopped") await this.#pause();
      else await this.#behave(mood);
    }
  }

  #nextMood(): Mood {
    let rest = this.#random();
    for (const [mood, share] of moods) {
      rest -= share;
      if (rest < 0) return mood;
    }
    return "well";
  }

  async #pause(): Promise<void> {
    const { place } = this;
    await this.#server.stop();
    await sleep(this.#random() * longestMs);
    this.#past.push(this.#server);
    this.#server = await listen(this.#via, this.#steps, place);
  }

  async #behave(mood: Exclude<Mood, "stopped">): Promise<void> {
    const points = this.#via === "smtp" ? ["mail", "rcpt", "data", "dot"] : ["first", "request"];
    const point = points[Math.floor(this.#random() * points.length)] as string;
    const last = this.#via === "smtp" ? "dot" : "request";
    const acceptance = this.#via === "smtp" ? "250 2.0.0 taken\r\n" : accepted(this.#via);
    if (mood === "slow") this.#steps[last] = { afterMs: this.#random() * 60, accept: true, say: acceptance };
    if (mood === "cutting") this.#steps[point] = { end: "reset" };
    if (mood === "losing answers") this.#steps[last] = { accept: true, end: "reset" };
    if (mood === "refusing")
      this.#steps[last] = { say: this.#via === "smtp" ? "451 4.3.0 later\r\n" : refusal(this.#via, 503) };
    await sleep(this.#random() * longestMs);
    for (const name of Object.keys(this.#steps)) delete this.#steps[name];
  }
}

/** The steps are looked up each time, so they may change while the server runs. */
async function listen(via: "smtp" | Api, steps: Record<string, Step>, place: Place): Promise<FaultServer> {
  const server = via === "smtp" ? await smtpFaultServer({ steps }, place) : await apiFaultServer(via, { steps }, place);
  await server.spoil();
  return server;
}
