export { type SendgridEventsOptions, sendgridEvents } from "../sendgrid-events.ts";
