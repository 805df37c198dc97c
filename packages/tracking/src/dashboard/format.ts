import { type Html, html } from "./html.ts";

/** Writes numbers and dates in one locale; dates always in UTC. */
export interface Format {
  number(value: number): string;
  /** At most five characters or so, such as `1.2M`. */
  short(value: number): string;
  /** Of a share from 0 to 1, such as `0.03%`. */
  percent(share: number): string;
  day(at: Date): string;
  /** Without the year. */
  shortDay(at: Date): string;
  hour(at: Date): string;
  /** An element with date and time to the second. */
  time(at: Date): Html;
}

/** Where shares begin to be written as `<0.01%`. */
const leastShare = 0.0001;

export function createFormat(locale: string): Format {
  const number = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 });
  const day = new Intl.DateTimeFormat(locale, { timeZone: "UTC", year: "numeric", month: "short", day: "numeric" });
  const shortDay = new Intl.DateTimeFormat(locale, { timeZone: "UTC", month: "short", day: "numeric" });
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const hour = new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...clock });
  const second = new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...clock, second: "2-digit" });
  return {
    number: (value) => number.format(value),
    short: (value) => short.format(value),
    percent: (share) =>
      share > 0 && share < leastShare ? `<${percent.format(leastShare)}` : percent.format(Math.min(share, 10)),
    day: (at) => day.format(at),
    shortDay: (at) => shortDay.format(at),
    hour: (at) => hour.format(at),
    time: (at) => {
      if (Number.isNaN(at.getTime())) return html`unknown`;
      return html`<time datetime="${at.toISOString()}">${day.format(at)}, ${second.format(at)} UTC</time>`;
    },
  };
}
