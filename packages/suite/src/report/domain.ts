/** What an axis has to span. */
import type { Domain } from '@interfuse/plots';

/** From the least to the most, with a little air; values that are not finite count for nothing. */
export function domainOf(values: readonly number[]): Domain {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const air = (most - least) * 0.05 || Math.abs(most) * 0.05 || 0.5;
  return [least - air, most + air];
}
