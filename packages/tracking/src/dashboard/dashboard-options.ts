/** Who may see the pages: `false` answers 403, a Response (such as a redirect to the login) is passed on. */
export type DashboardAuthorize = (request: Request) => boolean | Response | Promise<boolean | Response>;

export interface DashboardOptions {
  /**
   * Asked before each request is answered; it must leave the request's body unread. Without it the dashboard answers
   * requests to loopback hosts only, and refuses to start in production.
   */
  readonly authorize?: DashboardAuthorize | undefined;
  /**
   * The one path of the dashboard as the handler sees it, such as `/admin/mail`; others are answered 404. All links are
   * relative to it. Default: whatever path it is asked at.
   */
  readonly basePath?: string | undefined;
  /** How numbers and dates are written, as a BCP 47 tag. Default `en`. */
  readonly locale?: string | undefined;
  /** Name of the pages. Default `Mail`. */
  readonly title?: string | undefined;
}
