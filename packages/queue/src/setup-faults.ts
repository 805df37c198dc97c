import type { MailError, PreparedMessage } from "@mail/core";

/** Errors that every mail would meet until somebody mends the setup. */
const faults: ReadonlySet<string> = new Set(["authentication", "configuration", "tls"]);

/** Tells the errors of a setup, which every mail would meet, from those of one mail. A worker has one of these. */
export class SetupFaults {
  #suspect: string | undefined;

  /** A mail went out: the setup is well. */
  passed(): void {
    this.#suspect = undefined;
  }

  /**
   * What becomes of a mail that met this error: `pause` where every mail would meet it. A `configuration` error may be
   * the fault of a mail that brings settings of its own, such as the name of a configuration set that is not there: it
   * is to be tried `later`, until another mail fails likewise and none has gone out in between. So is a mail that met
   * `permission`, always: an account that is suspended comes back, and a sender that is not verified is nobody else's
   * concern.
   */
  judge({ code, scope }: MailError, mail: PreparedMessage | undefined): "pause" | "later" | undefined {
    if (scope === "transport" && code === "permission") return "later";
    if (scope !== "transport" || !faults.has(code)) return undefined;
    const isAlone = this.#suspect === undefined || this.#suspect === mail?.id;
    if (mail !== undefined && code === "configuration" && hasSettings(mail) && isAlone) {
      this.#suspect = mail.id;
      return "later";
    }
    this.#suspect = undefined;
    return "pause";
  }
}

function hasSettings({ template, providerOptions }: PreparedMessage): boolean {
  return template !== undefined || Object.keys(providerOptions ?? {}).length > 0;
}
