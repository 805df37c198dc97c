export { createSuppressions, type SuppressionsOptions } from "./create-suppressions.ts";
export { createTracker } from "./create-tracker.ts";
export type { DashboardAuthorize, DashboardOptions } from "./dashboard/dashboard-options.ts";
export type { BadRow, CsvSource, ImportOptions, ImportReport } from "./suppression-csv.ts";
export type {
  NewSuppression,
  RemoveOptions,
  SuppressionFilter,
  SuppressionList,
  SuppressionPage,
} from "./suppression-list.ts";
export type { SuppressionPolicy, SuppressionRule } from "./suppression-policy.ts";
export type {
  MailCounts,
  MailStatus,
  RecentOptions,
  RecipientStatus,
  Stats,
  StatsQuery,
  Tracker,
  TrackerOptions,
} from "./tracker.ts";
export type { UnsubscribeHandler, UnsubscribeLinkOptions, UnsubscribeOptions } from "./unsubscribe/unsubscribe.ts";
export type { UnsubscribeTexts } from "./unsubscribe/unsubscribe-texts.ts";
