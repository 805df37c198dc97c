export { sesSmtpPassword } from "./ses-smtp-password.ts";
export type { SmtpAuth, SmtpDkim, SmtpOAuth2, SmtpOptions } from "./smtp-options.ts";
export { type SmtpPreset, type SmtpService, smtpPresets } from "./smtp-presets.ts";
export { smtp } from "./smtp-transport.ts";
