/** A plugin that is wrong in one way, and the check of the kit that has to say so. */
export interface Faulty<P> {
  readonly plugin: P;
  /** The name of the check that catches it. */
  readonly claim: string;
  /** Other checks that cannot but fail, too. Default: none does. */
  readonly also?: { readonly claims: readonly string[] | 'all that follow'; readonly because: string };
}
