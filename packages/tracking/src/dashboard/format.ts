import { type Html, html } from "./html.ts";

/** Writes numbers and dates in one locale; dates always in UTC. */
export interface Format {
  number(value: number): string;
  /** At most five characters or so, such as `1.2M`. */
  short(value: number): string;
  /** A measured share from 0 to 1, as exact as it is small: `98.6%`, `1.39%`, `<0.01%`. */
  percent(share: number): string;
  /** A share that somebody chose, such as `0.1%`. */
  limit(share: number): string;
  day(at: Date): string;
  /** Without the year. */
  shortDay(at: Date): string;
  hour(at: Date): string;
  /** An element with date and time to the second, and that it is UTC. */
  time(at: Date): Html;
  /** The same where the place says that it is UTC. */
  moment(at: Date): Html;
  /** An element with the day; the time shows up under the pointer. */
  date(at: Date): Html;
}

/** Below it shares are written as `<0.01%`. */
const leastShare = 0.0001;
/** From here on one digit after the point says enough. */
const largeShare = 0.1;

export function createFormat(locale: string): Format {
  const number = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const percentOf = (minimumFractionDigits: number, maximumFractionDigits: number): Intl.NumberFormat =>
    new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits, maximumFractionDigits });
  const [large, small, exact] = [percentOf(1, 1), percentOf(2, 2), percentOf(0, 2)];
  const dateOf = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
  const day = dateOf({ year: "numeric", month: "short", day: "numeric" });
  const shortDay = dateOf({ month: "short", day: "numeric" });
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const hour = dateOf(clock);
  const second = dateOf({ ...clock, second: "2-digit" });
  const element = (at: Date, text: (at: Date) => string, title?: (at: Date) => string): Html => {
    if (Number.isNaN(at.getTime())) return html`unknown`;
    return html`<time datetime="${at.toISOString()}"${title !== undefined && html` title="${title(at)}"`}>${text(at)}</time>`;
  };
  const moment = (at: Date): string => `${day.format(at)}, ${second.format(at)}`;
  return {
    number: (value) => number.format(value),
    short: (value) => short.format(value),
    percent: (share) => {
      if (share === 0 || share === 1) return exact.format(share);
      if (share < leastShare) return `<${exact.format(leastShare)}`;
      return (share < largeShare ? small : large).format(share);
    },
    limit: (share) => exact.format(share),
    day: (at) => day.format(at),
    shortDay: (at) => shortDay.format(at),
    hour: (at) => hour.format(at),
    time: (at) => element(at, (date) => `${moment(date)} UTC`),
    moment: (at) => element(at, moment),
    date: (at) => element(at, day.format, (date) => `${moment(date)} UTC`),
  };
}
