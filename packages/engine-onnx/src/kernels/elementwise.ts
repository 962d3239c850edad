/** Elementwise kernels: arithmetic, comparison, logic, functions of one variable, and selection. */
import * as tf from '@tensorflow/tfjs';
import { onnxTypes } from '../graph-parts.js';
import { alias, type Emission, type Emitter, type Emitters, input, onnxTypeOf } from './kernel.js';

const broadcast = (a: readonly number[], b: readonly number[]): number[] =>
  tf.broadcast_util.assertAndGetBroadcastShape([...a], [...b]);

/** a operation b, with ONNX' broadcasting, which is the same. */
function binary(operation: string, type?: tf.DataType): Emitter {
  return (emission) => {
    const a = input(emission, 'a');
    const b = input(emission, 'b');
    return emission.emit(operation, [a, b], broadcast(a.shape, b.shape), type ?? a.dtype);
  };
}

function unary(operation: string, type?: tf.DataType): Emitter {
  return (emission) => {
    const x = input(emission, 'x');
    return emission.emit(operation, [x], x.shape, type ?? x.dtype);
  };
}

/** A function of x in several nodes; `build` works on names. */
function composed(build: (emission: Emission, x: string, tensor: tf.TensorInfo) => string): Emitter {
  return (emission) => {
    const x = input(emission, 'x');
    return emission.backend.symbol(build(emission, emission.name(x), x), x.shape, x.dtype);
  };
}

const number = ({ graph }: Emission, value: number, type: tf.DataType = 'float32'): string =>
  graph.scalar(type === 'int32' ? 'int32' : 'float32', value);

export const elementwise: Emitters = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  RealDiv: (emission) => {
    const a = input(emission, 'a');
    const b = input(emission, 'b');
    const float = (tensor: tf.TensorInfo): string =>
      tensor.dtype === 'float32'
        ? emission.name(tensor)
        : emission.graph.add('Cast', [emission.name(tensor)], { to: onnxTypes.float32 });
    return emission.emit('Div', [float(a), float(b)], broadcast(a.shape, b.shape), 'float32');
  },
  /** The quotient rounded down, as int32 whatever the inputs are; through float32 it is exact below 2^24. */
  FloorDiv: (emission) => {
    const a = input(emission, 'a');
    const b = input(emission, 'b');
    const [x, y] = [a, b].map((operand) =>
      operand.dtype === 'float32'
        ? emission.name(operand)
        : emission.graph.add('Cast', [emission.name(operand)], { to: onnxTypes.float32 }),
    ) as [string, string];
    const floor = emission.graph.add('Floor', [emission.graph.add('Div', [x, y])]);
    return emission.emit('Cast', [floor], broadcast(a.shape, b.shape), 'int32', { to: onnxTypes.int32 });
  },
  Mod: (emission) => {
    const a = input(emission, 'a');
    const b = input(emission, 'b');
    const shape = broadcast(a.shape, b.shape);
    if (a.dtype === 'int32') return emission.emit('Mod', [a, b], shape, 'int32');
    const quotient = emission.graph.add('Floor', [emission.graph.add('Div', [emission.name(a), emission.name(b)])]);
    return emission.emit('Sub', [a, emission.graph.add('Mul', [quotient, emission.name(b)])], shape, a.dtype);
  },
  SquaredDifference: (emission) => {
    const a = input(emission, 'a');
    const b = input(emission, 'b');
    const difference = emission.graph.add('Sub', [emission.name(a), emission.name(b)]);
    return emission.emit('Mul', [difference, difference], broadcast(a.shape, b.shape), a.dtype);
  },
  /** The angle of the point (b, a): atan(a / b), half a turn further where b is negative. */
  Atan2: (emission) => {
    const a = input(emission, 'a');
    const b = input(emission, 'b');
    const { graph } = emission;
    const [y, x] = [emission.name(a), emission.name(b)];
    const zero = number(emission, 0);
    const below = graph.add('Less', [y, zero]);
    const half = (turn: number): string => graph.add('Where', [below, number(emission, -turn), number(emission, turn)]);
    const level = graph.add('Equal', [y, zero]);
    const onAxis = graph.add('Where', [level, zero, half(Math.PI / 2)]);
    const turned = graph.add('Where', [graph.add('Less', [x, zero]), half(Math.PI), zero]);
    const angle = graph.add('Add', [graph.add('Atan', [graph.add('Div', [y, x])]), turned]);
    const upright = graph.add('Equal', [x, zero]);
    return emission.emit('Where', [upright, onAxis, angle], broadcast(a.shape, b.shape), 'float32');
  },
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  Equal: binary('Equal', 'bool'),
  NotEqual: (emission) => {
    const a = input(emission, 'a');
    const b = input(emission, 'b');
    const equal = emission.graph.add('Equal', [emission.name(a), emission.name(b)]);
    return emission.emit('Not', [equal], broadcast(a.shape, b.shape), 'bool');
  },
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: binary('Or', 'bool'),
  LogicalNot: unary('Not', 'bool'),
  AddN: (emission) => {
    const tensors = Object.values(emission.inputs);
    const first = tensors[0] as tf.TensorInfo;
    return emission.emit('Sum', tensors, first.shape, first.dtype);
  },

  Abs: unary('Abs'),
  Neg: unary('Neg'),
  Exp: unary('Exp', 'float32'),
  Log: unary('Log', 'float32'),
  Sqrt: unary('Sqrt', 'float32'),
  Sigmoid: unary('Sigmoid', 'float32'),
  Tanh: unary('Tanh', 'float32'),
  Erf: unary('Erf', 'float32'),
  Relu: unary('Relu'),
  Sign: unary('Sign'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: unary('Round'),
  Softplus: unary('Softplus', 'float32'),
  Sin: unary('Sin', 'float32'),
  Cos: unary('Cos', 'float32'),
  Tan: unary('Tan', 'float32'),
  Asin: unary('Asin', 'float32'),
  Acos: unary('Acos', 'float32'),
  Atan: unary('Atan', 'float32'),
  Sinh: unary('Sinh', 'float32'),
  Cosh: unary('Cosh', 'float32'),
  Asinh: unary('Asinh', 'float32'),
  Acosh: unary('Acosh', 'float32'),
  Atanh: unary('Atanh', 'float32'),
  Reciprocal: unary('Reciprocal', 'float32'),
  IsNan: unary('IsNaN', 'bool'),
  IsInf: unary('IsInf', 'bool'),
  IsFinite: (emission) => {
    const x = input(emission, 'x');
    const { graph } = emission;
    const odd = graph.add('Or', [graph.add('IsNaN', [emission.name(x)]), graph.add('IsInf', [emission.name(x)])]);
    return emission.emit('Not', [odd], x.shape, 'bool');
  },
  Rsqrt: composed(({ graph }, x) => graph.add('Reciprocal', [graph.add('Sqrt', [x])])),
  Square: composed(({ graph }, x) => graph.add('Mul', [x, x])),
  Expm1: composed((emission, x) => emission.graph.add('Sub', [emission.graph.add('Exp', [x]), number(emission, 1)])),
  Log1p: composed((emission, x) => emission.graph.add('Log', [emission.graph.add('Add', [x, number(emission, 1)])])),
  Elu: unary('Elu', 'float32'),
  Selu: unary('Selu', 'float32'),
  LeakyRelu: (emission) => {
    const x = input(emission, 'x');
    return emission.emit('LeakyRelu', [x], x.shape, x.dtype, { alpha: { float: emission.attributes.alpha } });
  },
  Prelu: (emission) => {
    const x = input(emission, 'x');
    return emission.emit('PRelu', [x, input(emission, 'alpha')], x.shape, x.dtype);
  },
  Relu6: composed((emission, x) => emission.graph.add('Clip', [x, number(emission, 0), number(emission, 6)])),
  ClipByValue: composed((emission, x) =>
    emission.graph.add('Clip', [
      x,
      number(emission, emission.attributes.clipValueMin),
      number(emission, emission.attributes.clipValueMax),
    ]),
  ),
  /** alpha below zero (and at it), one above: the derivative of a rectifier. */
  Step: composed((emission, x) => {
    const { graph } = emission;
    const positive = graph.add('Greater', [x, number(emission, 0)]);
    return graph.add('Where', [positive, number(emission, 1), number(emission, emission.attributes.alpha ?? 0)]);
  }),
  EluGrad: (emission) => {
    const dy = input(emission, 'dy');
    const y = input(emission, 'y');
    const slope = emission.graph.add('Add', [emission.name(y), number(emission, 1)]);
    const positive = emission.graph.add('GreaterOrEqual', [emission.name(y), number(emission, 0)]);
    const factor = emission.graph.add('Where', [positive, number(emission, 1), slope]);
    return emission.emit('Mul', [dy, factor], dy.shape, dy.dtype);
  },

  Cast: (emission) => {
    const x = input(emission, 'x');
    const type = emission.attributes.dtype as tf.DataType;
    if (type === x.dtype) return alias(emission, x);
    return emission.emit('Cast', [x], x.shape, type, { to: onnxTypes[onnxTypeOf(type)] });
  },
  Identity: (emission) => alias(emission, input(emission, 'x')),
  Select: (emission) => {
    const condition = input(emission, 'condition');
    const t = input(emission, 't');
    const e = input(emission, 'e');
    // A condition of lower rank picks whole rows along the first axis.
    const shape = [...condition.shape, ...new Array<number>(t.shape.length - condition.shape.length).fill(1)];
    const aligned =
      condition.shape.length === t.shape.length
        ? emission.name(condition)
        : emission.graph.add('Reshape', [emission.name(condition), emission.graph.integers(shape)]);
    return emission.emit('Where', [aligned, t, e], t.shape, t.dtype);
  },
};
