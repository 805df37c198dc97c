// Haraka's plugin that makes it the site of the tests. Haraka gives it `exports`, `require`, OK, DENY and DENYSOFT.
const { rename, writeFile } = require("node:fs/promises");
const { join } = require("node:path");

/** An answer with a code of its own; Haraka knows it by the name of its class. */
class DSN {
  constructor(code, reply) {
    this.code = code;
    this.reply = reply;
  }
}

exports.register = function () {
  this.site = this.config.get("site.json");
};

/** Clients of this machine are judged as those of any other, and by no list of known addresses. */
exports.hook_connect_init = (next, connection) => {
  connection.set("remote.ip", "198.51.100.1");
  connection.set("remote.is_local", false);
  connection.set("remote.is_private", false);
  next();
};

/** Nobody is looked up in DNS. */
exports.hook_lookup_rdns = (next) => next(OK, "localhost");

exports.hook_mail = function (next, connection) {
  const isKnown = connection.notes.auth_user !== undefined || connection.local.port === this.site.plainPort;
  if (isKnown) next(OK);
  else next(DENY, new DSN(530, "5.7.0 Authentication required"));
};

exports.hook_rcpt = function (next, _connection, [{ user, host }]) {
  const { domains, users, busyUser } = this.site;
  if (user === busyUser) next(DENYSOFT, new DSN(451, "4.2.1 mailbox busy"));
  else if (domains.includes(host) && Object.hasOwn(users, user)) next(OK);
  else next(DENY, new DSN(550, "5.1.1 no such user"));
};

exports.hook_data_post = function (next, { transaction }) {
  const { header, refused } = this.site.policy;
  if (transaction.header.get(header).trim() === refused) next(DENY, new DSN(550, "5.7.1 refused by policy"));
  else next();
};

/** After a login a mail counts as one for elsewhere. */
exports.hook_queue_outbound = exports.hook_queue = function (next, { transaction }) {
  const { mailFolder, users } = this.site;
  const { uuid, rcpt_to, message_stream } = transaction;
  message_stream.get_data({ line_endings: "\n" }, (mail) => {
    const stored = rcpt_to.map(async ({ user }) => {
      const mailbox = join(mailFolder, users[user]);
      await writeFile(join(mailbox, "tmp", uuid), mail);
      await rename(join(mailbox, "tmp", uuid), join(mailbox, "new", uuid));
    });
    Promise.all(stored).then(
      () => next(OK),
      (error) => next(DENYSOFT, String(error)),
    );
  });
};
