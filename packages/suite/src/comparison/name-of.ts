/** How a strategy is called where several language models may be compared: `late`, `late with gpt2`. */
export function nameOf({ label, backbone }: { readonly label: string; readonly backbone?: string }): string {
  return backbone === undefined ? label : `${label} with ${backbone}`;
}
