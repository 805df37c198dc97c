export { sesEvents } from "../ses-events.ts";
export type { ConfirmSubscription, SnsSubscription } from "./confirm-subscription.ts";
export type { SesEventsOptions } from "./ses-events-options.ts";
export type { FetchCertificate } from "./sns-certificates.ts";
