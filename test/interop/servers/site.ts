/** What both servers are set up to do, so that one table of tests holds for both. */
export const site = {
  domain: "example.test",
  /** `bücher.example` as it stands on the wire. */
  idnDomain: "xn--bcher-kva.example",
  /** Mailboxes of both domains, with the folders that they are stored in. */
  users: { ada: "ada", bob: "bob", carol: "carol", jürgen: "juergen" },
  login: { user: "ada@example.test", pass: "correct horse" },
  /** Refused for now: `451 4.2.1`. */
  busyUser: "busy",
  maxBytes: 1_048_576,
} as const;
