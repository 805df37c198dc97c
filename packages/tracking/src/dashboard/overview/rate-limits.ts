/** A share from which on somebody acts. */
export interface RateLimit {
  readonly who: string;
  readonly share: number;
  /** What they do or ask for from there on. */
  readonly consequence: string;
  readonly severity: "watch" | "bad";
  readonly source: LimitSource;
}

export interface LimitSource {
  readonly name: string;
  readonly url: string;
}

const gmail: LimitSource = {
  name: "Google: Email sender guidelines",
  url: "https://support.google.com/a/answer/81126",
};
const yahoo: LimitSource = {
  name: "Yahoo Sender Hub: Sender Best Practices",
  url: "https://senders.yahooinc.com/best-practices/",
};
const ses: LimitSource = {
  name: "Amazon SES: Reputation metrics messages",
  url: "https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html",
};

/** Of hard bounces alone: SES leaves out soft ones. */
export const bounceLimits: readonly RateLimit[] = [
  { who: "Amazon SES", share: 0.05, consequence: "reviews the account", severity: "watch", source: ses },
  { who: "Amazon SES", share: 0.1, consequence: "may pause sending", severity: "bad", source: ses },
];

export const complaintLimits: readonly RateLimit[] = [
  { who: "Gmail", share: 0.001, consequence: "asks senders to stay below", severity: "watch", source: gmail },
  { who: "Amazon SES", share: 0.001, consequence: "reviews the account", severity: "watch", source: ses },
  { who: "Gmail", share: 0.003, consequence: "asks senders never to reach it", severity: "bad", source: gmail },
  { who: "Yahoo", share: 0.003, consequence: "asks senders to stay below", severity: "bad", source: yahoo },
  { who: "Amazon SES", share: 0.005, consequence: "may pause sending", severity: "bad", source: ses },
];
