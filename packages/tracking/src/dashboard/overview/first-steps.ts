import { type Html, html } from "../html.ts";

const send = `const tracker = createTracker({ store, sources: { sendgrid: sendgridEvents({ publicKey }) } });
const mailer = createMailer({
  transport: tracker.transport(sendgrid({ apiKey })),
  suppressions: tracker.suppressions,
});`;
const receive = `app.post("/webhooks/sendgrid", (c) => tracker.handle(c.req.raw, "sendgrid"));`;

/** What is shown before the first mail. */
export function firstSteps(): Html {
  return html`<section class="panel empty">
<h2>No mail yet</h2>
<p>Numbers show up here with the first mail. Two things are needed:</p>
<ol class="steps">
<li><p><strong>Send through the tracker.</strong> It records each mail before it goes out.</p><pre tabindex="0"><code>${send}</code></pre></li>
<li><p><strong>Let your provider report.</strong> Set the address of this route as its webhook.</p><pre tabindex="0"><code>${receive}</code></pre></li>
</ol>
<p class="note">Plain SMTP has no webhooks: <code>bounceEvents()</code> reads its bounce mails. Is something sent already? Look whether this tracker and the one that sends have the same <code>store</code>.</p>
</section>`;
}
