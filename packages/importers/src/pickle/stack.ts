/** The stack and the memo of the pickle machine, with bounds: more than any file of features needs, and under a gigabyte. */
import { invalidPickle, refused } from './errors.js';
import type { PickleValue } from './values.js';

const mostValues = 5_000_000;
const mostMarks = 100;
const insteadOfLists = 'Save long sequences as NumPy arrays instead of lists.';

export class Stack {
  private values: PickleValue[] = [];
  /** The stacks below each mark. */
  private readonly below: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();
  private pushed = 0;

  /** `place` says where the machine is, for errors. */
  constructor(private readonly place: () => string) {}

  push(value: PickleValue): void {
    this.pushed += 1;
    this.requireBound(this.pushed);
    this.values.push(value);
  }

  top(): PickleValue {
    const value = this.values.at(-1);
    if (value === undefined) throw invalidPickle(this.place(), 'a value on the stack', 'none');
    return value;
  }

  pop(): PickleValue {
    const value = this.top();
    this.values.pop();
    return value;
  }

  mark(): void {
    if (this.below.length >= mostMarks) throw refused(this.place(), `at most ${mostMarks} open marks`, 'more marks');
    this.below.push(this.values);
    this.values = [];
  }

  /** Everything above the last mark, which goes, too. */
  popMark(): PickleValue[] {
    const below = this.below.pop();
    if (below === undefined) throw invalidPickle(this.place(), 'a mark on the stack', 'none');
    const items = this.values;
    this.values = below;
    return items;
  }

  /** The top value, or a mark if that is on top. */
  drop(): void {
    if (this.values.length > 0) this.values.pop();
    else this.popMark();
  }

  remember(key = this.memo.size): void {
    this.requireBound(this.memo.size);
    this.memo.set(key, this.top());
  }

  recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw invalidPickle(this.place(), 'something remembered before', `nothing at ${key}`);
    this.push(value);
  }

  /** The one value that is left. */
  only(): PickleValue {
    if (this.values.length !== 1 || this.below.length > 0) {
      const got = `${this.values.length} values and ${this.below.length} marks`;
      throw invalidPickle(this.place(), 'one value at the end', got);
    }
    return this.values[0] as PickleValue;
  }

  private requireBound(count: number): void {
    if (count > mostValues) throw refused(this.place(), `at most ${mostValues} values`, 'more', insteadOfLists);
  }
}
