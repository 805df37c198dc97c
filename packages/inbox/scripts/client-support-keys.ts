/**
 * What a feature of caniemail.com is found by, where its slug does not say it: `property`, `property:value`, `function()`,
 * `:keyword`, `0unit`, `@rule`, `@media(feature)`, `<tag>`, `<tag[attribute=value]>`, `[attribute]`.
 */
const listed: Readonly<Record<string, string>> = {
  "css-at-media-device-pixel-ratio":
    "@media(-webkit-device-pixel-ratio) @media(-webkit-min-device-pixel-ratio) @media(-webkit-max-device-pixel-ratio)",
  "css-at-media-hover": "@media(hover) @media(any-hover)",
  "css-block-inline-size": "block-size",
  "css-border-inline-block": "border-inline border-block",
  "css-border-radius-logical":
    "border-start-start-radius border-start-end-radius border-end-start-radius border-end-end-radius",
  "css-column-layout-properties":
    "columns column-fill column-rule column-rule-color column-rule-style column-rule-width column-span column-width",
  "css-conic-gradient": "conic-gradient()",
  "css-display-flex": "display:flex",
  "css-display-grid": "display:grid",
  "css-display-none": "display:none",
  "css-flex-direction": "flex-direction:column",
  "css-flex-wrap": "flex-wrap:wrap",
  "css-gap": "gap column-gap row-gap",
  "css-grid-template": "grid-template grid-template-areas grid-template-columns grid-template-rows",
  "css-inset": "inset inset-block inset-inline inset-inline-start inset-inline-end inset-block-start inset-block-end",
  "css-intrinsic-size": ":fit-content :min-content :max-content",
  "css-left-right-top-bottom": "left right top bottom",
  "css-linear-gradient": "linear-gradient()",
  "css-margin-block-start-end": "margin-block-start margin-block-end",
  "css-margin-inline-block": "margin-inline margin-block",
  "css-margin-inline-start-end": "margin-inline-start margin-inline-end",
  "css-modern-color": "lch() oklch() lab() oklab()",
  "css-padding-block-start-end": "padding-block-start padding-block-end",
  "css-padding-inline-block": "padding-inline padding-block",
  "css-padding-inline-start-end": "padding-inline-start padding-inline-end",
  "css-radial-gradient": "radial-gradient()",
  "css-rgb": "rgb()",
  "css-rgba": "rgba()",
  "css-scroll-snap": "scroll-snap-type scroll-snap-align scroll-snap-stop",
  "css-sytem-ui": ":system-ui :ui-serif :ui-sans-serif :ui-rounded :ui-monospace",
  "css-unit-calc": "calc()",
  "css-unit-initial": ":initial",
  "css-unit-percent": "0%",
  "css-variables": "var()",
  "html-address": "<address>",
  "html-button-reset": "<button[type=reset]>",
  "html-button-submit": "<button[type=submit]>",
  "html-h1-h6": "<h1> <h2> <h3> <h4> <h5> <h6>",
  "html-image-maps": "<map>",
  "html-link": "<link[rel=stylesheet]>",
  "html-lists": "<ul> <ol> <dl>",
  "html-semantics":
    "<article> <aside> <details> <figcaption> <figure> <footer> <header> <main> <mark> <nav> <section> <summary> <time>",
  "html-srcset": "[srcset]",
  "html-svg": "<svg>",
};

/** Selectors and the like, which no single tag or declaration shows. */
const unseen = /^css-(?:pseudo|selector|comments|nesting|important|display$)|^html-(?:anchor|mailto|doctype|comments)/;
/** Belongs into mails although some clients drop it: nothing is lost there. Yahoo makes `height` a `min-height`. */
const harmless = /^html-(?:aria|role|lang|dir|target|body|style|meta-color-scheme)\b|^css-(?:color-scheme|height)$/;

export function keysOf(slug: string, title: string, keywords: string | null): readonly string[] {
  if (unseen.test(slug) || harmless.test(slug)) return [];
  const own = listed[slug];
  if (own !== undefined) return own.split(" ");
  if (/^css-border-inline-block-/.test(slug)) return (keywords ?? "").split(/,\s*/);
  const [, kind, name = ""] = /^(css-at-media|css-at|css-unit|css-function|css|html)-(.+)$/.exec(slug) ?? [];
  if (kind === "css-at-media") return [`@media(${name})`];
  if (kind === "css-at") return [`@${name}`];
  if (kind === "css-unit") return [`0${name}`];
  if (kind === "css-function") return [`${name}()`];
  if (kind === "css") return [name];
  if (kind !== "html") return [];
  const [, tag, type] = /^<([a-z]+)(?: type="([a-z]+)")?>/.exec(title) ?? [];
  if (tag !== undefined) return [type === undefined ? `<${tag}>` : `<${tag}[type=${type}]>`];
  return / attribute$/.test(title) ? [`[${title.replace(/ attribute$/, "")}]`] : [];
}
