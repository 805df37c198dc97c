import { expect, test } from "vitest";
import { foreign, html } from "./html.ts";

test("values are escaped, HTML is not escaped twice", () => {
  const value = `<b title="x" id='y'>&amp;</b>`;
  expect(html`<p class="${value}">${value}${html`<i>${1}</i>`}</p>`.text).toBe(
    '<p class="&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;">&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;<i>1</i></p>',
  );
});

test("lists are joined, and what is absent is left out", () => {
  expect(html`<ul>${["<", html`<li>`]}${undefined}${false}${0}</ul>`.text).toBe("<ul>&lt;<li>0</ul>");
});

test("foreign values are isolated from the text around them", () => {
  expect(foreign("\u202Egnp.exe").text).toBe("<bdi>\u202Egnp.exe</bdi>");
});
