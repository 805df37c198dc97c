import { describeCells } from "./describe-cells.ts";
import { allFaults } from "./matrix.ts";

// Apart, because making large mails keeps the processor from others that have a short time limit.
describeCells(
  allFaults.filter(({ row }) => row.large),
  4,
);
