/**
 * Reads a pickle without executing it: a machine over the opcodes of protocols 2 to 5 that knows plain values and the
 * constructors of NumPy arrays, and nothing else. Large bytes and texts are stepped over and stay in the file, so that
 * memory does not grow with it. The opcodes are those of Python's `pickletools`.
 */
import { setImmediate } from 'node:timers/promises';
import { ByteRange } from '../bytes/byte-range.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { construct, findGlobal, setArrayState, setTypeState } from './constructors.js';
import { Cursor } from './cursor.js';
import { invalidPickle, refused } from './errors.js';
import { opcodeName, opcodes, refusedOpcodes } from './opcodes.js';
import { Stack } from './stack.js';
import { requireFinite } from './structure.js';
import {
  LargeText,
  PickleArray,
  PickleDictionary,
  PickleGlobal,
  PickleSequence,
  PickleType,
  type PickleValue,
} from './values.js';

/** Longer texts stay in the file. */
const longestText = 1 << 16;
/** Texts in memory, in bytes: more than any file of features has. */
const mostTextBytes = 1 << 27;
/** Opcodes between two looks at the signal. */
const stride = 1 << 16;

export interface ReadPickleOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The value of a pickle.
 *
 * @throws PICKLE_REFUSED for whatever is not on the allow-list, by name; PICKLE_INVALID for what is damaged
 */
export async function readPickle(source: ByteSource, { signal }: ReadPickleOptions = {}): Promise<PickleValue> {
  const machine = new Machine(source);
  for (let step = 1; ; step += 1) {
    if (machine.step()) break;
    if (step % stride !== 0) continue;
    // Ctrl-C gets a turn.
    await setImmediate();
    signal?.throwIfAborted();
  }
  const value = machine.result();
  requireFinite(value, source.name);
  return value;
}

class Machine {
  private readonly cursor: Cursor;
  private readonly stack = new Stack(() => this.place());
  private textBytes = 0;
  /** Where the current opcode lies. */
  private at = 0;
  private opcode = 0;

  constructor(private readonly source: ByteSource) {
    this.cursor = new Cursor(source);
    const [first, protocol] = [
      this.cursor.left > 1 ? this.cursor.u8() : 0,
      this.cursor.left > 0 ? this.cursor.u8() : 0,
    ];
    if (first !== opcodes.PROTO) {
      throw invalidPickle(this.cursor.place(0), 'a pickle of protocol 2 to 5', 'another start');
    }
    if (protocol < 2 || protocol > 5) throw refused(this.cursor.place(1), 'protocol 2 to 5', `protocol ${protocol}`);
  }

  result(): PickleValue {
    return this.stack.only();
  }

  /** One opcode; true at the end. */
  step(): boolean {
    const { cursor } = this;
    this.at = cursor.position;
    if (cursor.left === 0) throw invalidPickle(this.cursor.place(), 'the opcode STOP', 'the end of the file');
    this.opcode = cursor.u8();
    switch (this.opcode) {
      case opcodes.STOP:
        return true;
      case opcodes.PROTO:
        cursor.u8();
        break;
      case opcodes.FRAME: {
        // A hint for readers with buffers. Only one beyond the end is worth a word.
        const length = cursor.u64();
        if (length > cursor.left)
          throw invalidPickle(this.place(), `a frame of ${length} bytes`, `${cursor.left} bytes`);
        break;
      }
      case opcodes.MARK:
        this.stack.mark();
        break;
      case opcodes.POP:
        this.stack.drop();
        break;
      case opcodes.POP_MARK:
        this.stack.popMark();
        break;
      case opcodes.DUP:
        this.stack.push(this.stack.top());
        break;

      case opcodes.NONE:
        this.stack.push(null);
        break;
      case opcodes.NEWTRUE:
        this.stack.push(true);
        break;
      case opcodes.NEWFALSE:
        this.stack.push(false);
        break;
      case opcodes.BININT:
        this.stack.push(cursor.i32());
        break;
      case opcodes.BININT1:
        this.stack.push(cursor.u8());
        break;
      case opcodes.BININT2:
        this.stack.push(cursor.u16());
        break;
      case opcodes.LONG1:
        this.stack.push(this.long(cursor.u8()));
        break;
      case opcodes.LONG4:
        this.stack.push(this.long(cursor.u32()));
        break;
      case opcodes.BINFLOAT:
        this.stack.push(cursor.f64());
        break;

      case opcodes.SHORT_BINUNICODE:
        this.text(cursor.u8());
        break;
      case opcodes.BINUNICODE:
        this.text(cursor.u32());
        break;
      case opcodes.BINUNICODE8:
        this.text(cursor.u64());
        break;
      case opcodes.SHORT_BINBYTES:
      case opcodes.SHORT_BINSTRING:
        this.bytes(cursor.u8());
        break;
      case opcodes.BINBYTES:
        this.bytes(cursor.u32());
        break;
      case opcodes.BINSTRING:
        this.bytes(cursor.i32());
        break;
      case opcodes.BINBYTES8:
      case opcodes.BYTEARRAY8:
        this.bytes(cursor.u64());
        break;

      case opcodes.EMPTY_LIST:
        this.stack.push(new PickleSequence('list', []));
        break;
      case opcodes.EMPTY_TUPLE:
        this.stack.push(new PickleSequence('tuple', []));
        break;
      case opcodes.EMPTY_SET:
        this.stack.push(new PickleSequence('set', []));
        break;
      case opcodes.EMPTY_DICT:
        this.stack.push(new PickleDictionary());
        break;
      case opcodes.TUPLE1:
        this.tuple(1);
        break;
      case opcodes.TUPLE2:
        this.tuple(2);
        break;
      case opcodes.TUPLE3:
        this.tuple(3);
        break;
      case opcodes.TUPLE:
        this.stack.push(new PickleSequence('tuple', this.stack.popMark()));
        break;
      case opcodes.LIST:
        this.stack.push(new PickleSequence('list', this.stack.popMark()));
        break;
      case opcodes.FROZENSET:
        this.stack.push(new PickleSequence('set', this.stack.popMark()));
        break;
      case opcodes.DICT: {
        const items = this.stack.popMark();
        this.stack.push(new PickleDictionary());
        this.setItems(items);
        break;
      }
      case opcodes.APPEND:
        this.append([this.stack.pop()]);
        break;
      case opcodes.APPENDS:
      case opcodes.ADDITEMS:
        this.append(this.stack.popMark());
        break;
      case opcodes.SETITEM: {
        const value = this.stack.pop();
        this.setItems([this.stack.pop(), value]);
        break;
      }
      case opcodes.SETITEMS:
        this.setItems(this.stack.popMark());
        break;

      case opcodes.BINPUT:
        this.stack.remember(cursor.u8());
        break;
      case opcodes.LONG_BINPUT:
        this.stack.remember(cursor.u32());
        break;
      case opcodes.MEMOIZE:
        this.stack.remember();
        break;
      case opcodes.BINGET:
        this.stack.recall(cursor.u8());
        break;
      case opcodes.LONG_BINGET:
        this.stack.recall(cursor.u32());
        break;

      case opcodes.GLOBAL: {
        const module = cursor.line();
        this.stack.push(findGlobal(`${module}.${cursor.line()}`, this.place()));
        break;
      }
      case opcodes.STACK_GLOBAL: {
        const [name, module] = [this.stack.pop(), this.stack.pop()];
        if (typeof name !== 'string' || typeof module !== 'string') {
          throw invalidPickle(this.place(), 'two names', 'other values');
        }
        this.stack.push(findGlobal(`${module}.${name}`, this.place()));
        break;
      }
      case opcodes.REDUCE: {
        const args = this.stack.pop();
        this.stack.push(construct(this.stack.pop(), args, this.place()));
        break;
      }
      case opcodes.BUILD:
        this.build(this.stack.pop(), this.stack.top());
        break;

      default: {
        const name = refusedOpcodes.get(this.opcode);
        if (name !== undefined) throw refused(this.place(), 'plain values and NumPy arrays', `the opcode ${name}`);
        throw invalidPickle(this.place(), 'an opcode of protocol 2 to 5', opcodeName(this.opcode));
      }
    }
    return false;
  }

  private place(): string {
    return `${this.cursor.place(this.at)} (${opcodeName(this.opcode)})`;
  }

  private long(length: number): number | bigint {
    if (length > 64) throw refused(this.place(), 'a whole number of at most 64 bytes', `${length} bytes`);
    const bytes = this.cursor.bytes(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[i] as number);
    value = BigInt.asIntN(8 * length, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  private text(length: number): void {
    const start = this.cursor.position;
    if (length > longestText) {
      this.cursor.skip(length);
      this.stack.push(new LargeText(new ByteRange(this.source, start, length)));
      return;
    }
    this.textBytes += length;
    if (this.textBytes > mostTextBytes) throw refused(this.place(), `at most ${mostTextBytes} bytes of text`, 'more');
    this.stack.push(this.cursor.text(length));
  }

  private bytes(length: number): void {
    if (length < 0) throw invalidPickle(this.place(), 'a length', String(length));
    const start = this.cursor.position;
    this.cursor.skip(length);
    this.stack.push(new ByteRange(this.source, start, length));
  }

  private tuple(count: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < count; i += 1) items.unshift(this.stack.pop());
    this.stack.push(new PickleSequence('tuple', items));
  }

  private append(items: readonly PickleValue[]): void {
    const list = this.stack.top();
    if (!(list instanceof PickleSequence) || list.kind === 'tuple') {
      throw invalidPickle(this.place(), 'a list to append to', 'another value');
    }
    for (const item of items) list.items.push(item);
  }

  /** Keys and values in turn, into the dictionary on top. */
  private setItems(items: readonly PickleValue[]): void {
    const dictionary = this.stack.top();
    if (!(dictionary instanceof PickleDictionary) || items.length % 2 === 1) {
      throw invalidPickle(this.place(), 'a dictionary, keys and values', 'other values');
    }
    for (let i = 0; i < items.length; i += 2) {
      const key = this.keyOf(items[i] as PickleValue);
      dictionary.entries.set(key, items[i + 1] as PickleValue);
    }
  }

  /** Python 2 wrote names as bytes. */
  private keyOf(key: PickleValue): string | number {
    if (typeof key === 'string' || typeof key === 'number') return key;
    if (key instanceof ByteRange && key.length <= longestText) {
      const bytes = Buffer.alloc(key.length);
      key.source.readAt(key.offset, bytes);
      return bytes.toString('utf8');
    }
    throw refused(this.place(), 'texts and numbers as keys', 'another value');
  }

  private build(state: PickleValue, target: PickleValue): void {
    if (target instanceof PickleArray) setArrayState(target, state, this.place());
    else if (target instanceof PickleType) setTypeState(target, state, this.place());
    else {
      const got = target instanceof PickleGlobal ? target.name : 'another value';
      throw refused(this.place(), 'the state of an array or a dtype', `a state for ${got}`);
    }
  }
}
