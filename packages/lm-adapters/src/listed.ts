/** Names in a message: the first ones, and how many more there are. */

const most = 12;

export function listed(names: readonly string[], separator = ', '): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(separator)} and ${rest} more` : names.join(separator);
}
