import type { MailCounts, Stats } from "../../tracker.ts";
import type { DashboardSource } from "../dashboard-source.ts";
import type { Step, TimeRange } from "./time-range.ts";

/** What the charts show, each in its own place. */
export const shownTypes = ["sent", "delivered", "opened", "clicked", "bounced", "complained"] as const;
export type ShownType = (typeof shownTypes)[number];

export interface StepCounts {
  readonly step: Step;
  readonly counts: Readonly<Record<ShownType, number>>;
}

export interface OverviewData {
  readonly total: MailCounts;
  readonly steps: readonly StepCounts[];
  readonly transports: Stats["groups"];
  readonly tags: Stats["groups"];
  readonly domains: Stats["groups"];
}

/** Asks 4 times, or 27 times for hours, each for one hour, because stores count by days. */
export async function loadOverview(source: DashboardSource, range: TimeRange): Promise<OverviewData> {
  const { since, until } = range;
  const [transports, tags, domains, steps] = await Promise.all([
    source.stats({ since, until, by: "transport" }),
    source.stats({ since, until, by: "tag" }),
    source.stats({ since, until, by: "domain" }),
    range.key === "24h" ? loadHours(source, range) : loadDays(source, range),
  ]);
  return {
    total: transports.total,
    steps,
    transports: transports.groups,
    tags: tags.groups,
    domains: domains.groups,
  };
}

function loadHours(source: DashboardSource, { steps }: TimeRange): Promise<readonly StepCounts[]> {
  return Promise.all(
    steps.map(async (step) => {
      const { total } = await source.stats({ since: step.since, until: step.until });
      return { step, counts: total };
    }),
  );
}

async function loadDays(source: DashboardSource, { since, until, steps }: TimeRange): Promise<readonly StepCounts[]> {
  const { groups } = await source.stats({ since, until, by: "day" });
  const days = new Map(groups.map((group) => [group.key, group]));
  return steps.map((step) => ({ step, counts: days.get(step.day ?? "") ?? nothing }));
}

const nothing: StepCounts["counts"] = { sent: 0, delivered: 0, opened: 0, clicked: 0, bounced: 0, complained: 0 };
