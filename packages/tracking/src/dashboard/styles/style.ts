import { base } from "./base.ts";
import { charts } from "./charts.ts";
import { controls } from "./controls.ts";
import { panels } from "./panels.ts";
import { print } from "./print.ts";
import { tables } from "./tables.ts";

/** One file for all pages. */
export const style: string = [base, controls, panels, charts, tables, print].join("\n");
