/** What an eager engine has to know about a backend of TensorFlow.js: to add one is to write one of these. */
export interface BackendPreset {
  /** Id of the engine. */
  readonly id: string;
  /** Name of the backend in TensorFlow.js. */
  readonly backend: string;
  /** Registers the backend and the kernels that it lacks; called once per process, before the backend starts. */
  prepare(): Promise<void>;
  /** What is particular to the backend, once it runs: for manifests and `interfuse doctor`. */
  describe(): Promise<Record<string, string | number | boolean>>;
}
