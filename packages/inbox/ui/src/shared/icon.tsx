import type { JSX } from "preact";

/** Drawn on 16 by 16, stroked in the colour of the text. */
const paths = {
  search: "M7 12.2A5.2 5.2 0 1 0 7 1.8a5.2 5.2 0 0 0 0 10.4ZM10.8 10.8l3.6 3.6",
  clip: "m13.6 7.4-5.5 5.5a3.4 3.4 0 0 1-4.8-4.8l5.8-5.8a2.3 2.3 0 0 1 3.2 3.2l-5.7 5.7a1.1 1.1 0 0 1-1.6-1.6l5.1-5.1",
  trash: "M2.5 4.2h11M6 4V2.6h4V4m-6.2.2.6 9.2h7.2l.6-9.2M6.6 7v4M9.4 7v4",
  mail: "M1.8 3.2h12.4v9.6H1.8Zm.3.5L8 8.6l5.9-4.9",
  download: "M8 2v8.2M4.6 7 8 10.4 11.4 7M2.5 13.6h11",
  copy: "M5.4 5.4h8.2v8.2H5.4ZM10.6 5.2V2.4H2.4v8.2h2.8",
  check: "m2.8 8.6 3.4 3.4 7-7.8",
  close: "m3.6 3.6 8.8 8.8m0-8.8-8.8 8.8",
  warning: "M8 2 1.6 13.4h12.8ZM8 6.4v3.2m0 1.8v.2",
  note: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4Zm0-7v4M8 4.8V5",
  back: "M9.8 3 4.8 8l5 5",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.4v1.2m0 10.8v1.2M1.4 8h1.2m10.8 0h1.2M3.3 3.3l.9.9m7.6 7.6.9.9m0-9.4-.9.9m-7.6 7.6-.9.9",
  moon: "M13.8 9.6A6 6 0 0 1 6.4 2.2a6 6 0 1 0 7.4 7.4Z",
  phone: "M4.6 1.6h6.8v12.8H4.6Zm2.6 10.6h1.6",
  tablet: "M2.8 1.6h10.4v12.8H2.8Zm4.2 10.6h2",
  desktop: "M1.6 2.4h12.8v8.8H1.6ZM5.4 13.8h5.2M8 11.4v2.2",
  bolt: "M9 1.6 3 9.2h4.2L6.6 14.4 13 6.6H8.6Z",
  hook: "M8 6.2a2.2 2.2 0 1 0-2-3.2M7 5.8l-2.6 5M4 13.4a2.2 2.2 0 1 1 0-3.6m2.2 1.8h5.2m.6 1.9a2.2 2.2 0 1 0-1.6-3.9M9.4 5.6l2 4",
  replay: "M2.6 8a5.4 5.4 0 1 1 1.6 3.8M2.4 12.8V9.4h3.4",
  send: "m14 2-5.2 12-2.2-5.4L1.4 6.2ZM14 2 6.6 8.6",
  images: "M1.8 2.8h12.4v10.4H1.8Zm.2 8.2 3.6-3.6 2.8 2.8 2-2 3.6 3.4M10.6 6.2v.1",
  open: "M9.6 2.4h4v4m0-4L7.4 8.6M12 9.4v4.2H2.4V4h4.2",
} as const;

export type IconName = keyof typeof paths;

/** For the eye only: the control that holds it has the name. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
