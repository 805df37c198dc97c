import {
  checkOptions,
  Emitter,
  memoryStore,
  misconfigured,
  type Store,
  safeLogger,
  silentLogger,
  type TrackingStore,
} from "@mail/core";
import { createSuppressions } from "./create-suppressions.ts";
import { createDashboard } from "./dashboard/dashboard.ts";
import { EventIntake, type TrackerEvents } from "./event-intake.ts";
import { createEventSuppressor } from "./event-suppressor.ts";
import { eventTypes } from "./event-types.ts";
import { ReportHandler } from "./handle.ts";
import { InFlight } from "./in-flight.ts";
import { readRecent } from "./recent.ts";
import { Retention } from "./retention.ts";
import { readStats } from "./stats.ts";
import { readStatus } from "./status.ts";
import { readTimeline } from "./timeline.ts";
import type { Tracker, TrackerOptions } from "./tracker.ts";
import { trackingTransport } from "./tracking-transport.ts";
import { MailRecorder } from "./tracking-transport-recorder.ts";
import { createUnsubscribe } from "./unsubscribe/create-unsubscribe.ts";

const rules = {
  store: { type: "object" },
  sources: { type: "object" },
  suppressions: { type: "object" },
  suppress: { type: "object" },
  unsubscribe: { type: "object" },
  onUnrecorded: { type: "string", oneOf: ["send", "fail"] },
  retainMs: { type: "integer", min: 1 },
  logger: { type: ["object", "function"] },
} as const;

const defaultRetainMs = 90 * 86_400_000;

/** Makes a tracker. @throws MailError `configuration` that names the option */
export function createTracker<Source extends string = never>(options: TrackerOptions<Source> = {}): Tracker<Source> {
  checkOptions("createTracker", options, rules);
  const { store = memoryStore(), sources = {}, onUnrecorded = "send", retainMs = defaultRetainMs } = options;
  const tracking = requireTracking(store);
  checkSources(sources);
  const log = options.logger === undefined ? silentLogger : safeLogger(options.logger);
  const inFlight = new InFlight();
  const emitter = new Emitter<TrackerEvents>(log);
  const suppressions = options.suppressions ?? createSuppressions({ store });
  const suppressor = createEventSuppressor(suppressions, options.suppress);
  const intake = new EventIntake({ tracking, suppressor, emitter });
  const recorder = new MailRecorder({ tracking, intake, inFlight, onUnrecorded, log: options.logger && log });
  const reports = new ReportHandler({ sources, intake, log });
  const unsubscribing = createUnsubscribe(options.unsubscribe, {
    suppressions,
    record: (event) => inFlight.track(intake.add([event])),
    log,
  });
  const retention = new Retention({ tracking, retainMs, inFlight, log });

  const close = async (): Promise<void> => {
    reports.close();
    retention.stop();
    await inFlight.idle();
  };
  const tracker: Tracker<Source> = {
    transport(inner) {
      retention.start();
      return trackingTransport(inner, recorder, unsubscribing);
    },
    handle(request, source) {
      retention.start();
      return inFlight.track(reports.handle(request, source));
    },
    add(events) {
      retention.start();
      return inFlight.track(intake.add(events));
    },
    on(type, handler) {
      requireType(type);
      return emitter.on(type, (event) => inFlight.track(Promise.resolve(handler(event))));
    },
    timeline: (mailId) => readTimeline(tracking, mailId),
    status: (mailId) => readStatus(tracking, mailId),
    stats: (query) => readStats(tracking, query),
    recent: (choice = {}) => readRecent(tracking, choice),
    prune: () => retention.prune(),
    suppressions,
    unsubscribe: unsubscribing.handler,
    dashboard: (choice = {}) => createDashboard(tracker, choice, log),
    close,
    [Symbol.asyncDispose]: close,
  };
  return tracker;
}

function requireTracking({ tracking }: Store): TrackingStore {
  if (typeof tracking?.addEvents === "function") return tracking;
  throw misconfigured(
    "store",
    "keeps no mails and events",
    "Use memoryStore(), or sqliteStore or postgresStore of @mail/store. Redis can keep the suppression list: give that as `suppressions`.",
  );
}

function checkSources(sources: Readonly<Record<string, unknown>>): void {
  for (const [name, source] of Object.entries(sources)) {
    if (typeof source === "object" && source !== null && "parse" in source && typeof source.parse === "function")
      continue;
    throw misconfigured(
      `sources.${name}`,
      "is no source of events",
      "Pass what sendgridEvents(), mailgunEvents(), sesEvents() or bounceEvents() returns.",
    );
  }
}

function requireType(type: string): void {
  if ((eventTypes as readonly string[]).includes(type)) return;
  throw misconfigured("type", `is ${JSON.stringify(type)}`, `There are ${eventTypes.join(", ")}.`);
}
