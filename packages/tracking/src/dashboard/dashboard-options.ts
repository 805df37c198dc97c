/** Who may see the pages: `false` answers 403, a Response (such as a redirect to the login) is passed on. */
export type DashboardAuthorize = (request: Request) => boolean | Response | Promise<boolean | Response>;

export interface DashboardOptions {
  /**
   * Asked before each request is answered. Without it the dashboard serves loopback hosts only, and refuses to start in
   * production.
   */
  readonly authorize?: DashboardAuthorize | undefined;
  /** The path it is mounted at, such as `/admin/mail`. Default: found from each request. */
  readonly basePath?: string | undefined;
  /** How numbers are written, as a BCP 47 tag. Default `en`. */
  readonly locale?: string | undefined;
  /** Heading of the pages. Default `Mail`. */
  readonly title?: string | undefined;
}
