import { type Html, html } from "../html.ts";

export function mailSearch(id: string): Html {
  return html`<form method="get" class="search" role="search">
<input type="hidden" name="view" value="mail">
<label class="grow"><span>Mail id, as <code>receipt.id</code> says</span><input type="search" name="id" value="${id}" maxlength="200" autocomplete="off" spellcheck="false" placeholder="01932f6e-…" required></label>
<button class="button primary">Find</button>
</form>`;
}
