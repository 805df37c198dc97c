import type { NewJob, Settlement, TakenJob } from "../job.ts";

/** What the suite tells a child process to do. */
export type ChildOrder =
  | { readonly do: "work"; readonly concurrency: number; readonly leaseMs: number; readonly hold: boolean }
  | { readonly do: "settle"; readonly id: string; readonly settlement: Settlement }
  | { readonly do: "add"; readonly jobs: readonly NewJob[] }
  | { readonly do: "close" };

/** What a child process says. */
export type ChildReport =
  | { readonly did: "open" | "close" }
  | { readonly did: "take"; readonly job: TakenJob }
  | { readonly did: "add"; readonly ids: readonly string[] }
  | { readonly did: "complain"; readonly code: string; readonly text: string };
