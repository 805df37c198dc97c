import type { SearchCondition } from "./search.ts";

/** A search as SQL over `mails` and `search_texts`; it finds what `matches` finds. */
export interface SearchClause {
  readonly where: string;
  readonly values: readonly (string | number)[];
}

const columns = { from: "sender", to: "recipients", subject: "subject", tags: "tags", text: "everything" } as const;

export function searchClause(conditions: readonly SearchCondition[], inbox: string | undefined): SearchClause {
  const clauses = conditions.map(clauseOf);
  if (inbox !== undefined) clauses.unshift({ where: "inbox = ?", values: [inbox] });
  return {
    where: clauses.map(({ where }) => where).join(" AND ") || "TRUE",
    values: clauses.flatMap(({ values }) => values),
  };
}

function clauseOf(condition: SearchCondition): SearchClause {
  if ("part" in condition) return { where: `instr(${columns[condition.field]}, ?) > 0`, values: [condition.part] };
  if (condition.field === "attachment") return { where: "attachment = 1", values: [] };
  return { where: `received_at ${condition.field === "before" ? "<" : ">="} ?`, values: [condition.at] };
}
