/** On paper: numbers without what is pressed. */
export const print = `
@media print {
  :root { color-scheme: light; --ground: #fff; }
  .top nav, .skip, .segments, .custom, .search, .inline-form, .actions, .pager, .button, .back { display: none; }
  main { max-width: none; padding: 0; }
  .panel, .chart, .tile { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
}
`;
