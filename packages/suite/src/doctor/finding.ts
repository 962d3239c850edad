/** What `interfuse doctor` found out about one thing. */

export interface Finding {
  readonly what: string;
  /** `absent`: what it needs is not on this machine, and Interfuse does without. */
  readonly verdict: 'ok' | 'absent' | 'fails';
  readonly details: string;
  /** The way out, where there is one. */
  readonly toDo?: string;
}
