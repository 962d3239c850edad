/** The compiled engine `onnx`. */
import { onnx } from './plugin.js';

export { onnx };

export const plugins = [onnx] as const;
