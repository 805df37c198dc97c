import type { LoadMail } from "./loads.ts";

/** A library that sends, set up as its own documentation says. */
export interface Subject {
  send(mail: LoadMail): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface SubjectOptions {
  readonly port: number;
  readonly connections: number;
}

/** No library gives up a connection during a sample. */
export const manyMails = 10_000_000;
