/** What all servers are set up to do, so that one table of tests holds for both. */
export const site = {
  domain: "example.test",
  /** `bücher.example` as it stands on the wire. */
  idnDomain: "xn--bcher-kva.example",
  /** Mailboxes of both domains, with the folders that they are stored in. */
  users: { ada: "ada", bob: "bob", carol: "carol", jürgen: "juergen", bounces: "bounces" },
  login: { user: "ada@example.test", pass: "correct horse" },
  /** Refused for now: `451 4.2.1`. */
  busyUser: "busy",
  /** Mail there goes to the port that a server was started with. */
  elsewhere: "elsewhere.example",
  /** Forwarded to an address elsewhere that does not exist: the inbox refuses it. */
  movedUser: "moved",
  maxBytes: 2_097_152,
  /** A mail with this header is refused when all of it is there: `550 5.7.1`. */
  policy: { header: "X-Policy", refused: "refuse" },
} as const;
