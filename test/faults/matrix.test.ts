import { describeCells } from "./describe-cells.ts";
import { allFaults } from "./matrix.ts";

describeCells(
  allFaults.filter(({ row }) => !row.large),
  20,
);
