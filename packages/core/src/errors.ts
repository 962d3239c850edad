/**
 * Every error that Interfuse raises on purpose, in one file: a stable code, what it means and the way out.
 *
 * Callers give the place, what was expected and what came; the remedy here is the default and may be made more specific.
 */

const catalogue = {
  // Configuration
  CONFIG_NOT_FOUND: {
    means: 'The configuration file does not exist.',
    remedy: 'Check the path, or leave it out to use the default configuration.',
  },
  CONFIG_UNREADABLE: {
    means: 'The configuration file cannot be parsed.',
    remedy: 'Correct the file at the place named.',
  },
  CONFIG_UNKNOWN_OPTION: {
    means: 'There is no option of this name.',
    remedy: 'Correct the name; `interfuse plugins describe <id>` lists the options of a plugin.',
  },
  CONFIG_MISSING_OPTION: { means: 'A required option is missing.', remedy: 'Add it at the place named.' },
  CONFIG_WRONG_VALUE: {
    means: 'An option has a value of the wrong type or outside its range.',
    remedy: 'Give a value as expected.',
  },
  CONFIG_BAD_OVERRIDE: {
    means: 'A command-line override cannot be applied.',
    remedy: 'Write overrides as path=value, for example fusion.options.depth=6.',
  },
  // Plugins
  PLUGIN_UNKNOWN: {
    means: 'No plugin of this kind has this id.',
    remedy: 'Correct the id, or name the package or file that provides it under `plugins:` in the config.',
  },
  PLUGIN_DUPLICATE: {
    means: 'Two plugins of one kind have the same id.',
    remedy: 'Remove one of the two sources, or rename the plugin (`@scope/name`).',
  },
  PLUGIN_API_VERSION: {
    means: 'The plugin was written for another version of the plugin interface.',
    remedy: 'Install a version of the plugin that matches this Interfuse.',
  },
  PLUGIN_INVALID: {
    means: 'The plugin does not have the form of a plugin.',
    remedy: 'Build it with the define functions of @interfuse/core.',
  },
  PLUGIN_NOT_LOADED: {
    means: 'A plugin package or file could not be loaded.',
    remedy:
      'Check that it is installed, that the path is right, and that it loads by itself; the cause is printed below.',
  },
  PLUGIN_REQUIREMENT: {
    means: 'The run does not offer what the plugin requires.',
    remedy: 'Choose a plugin, a language model or a dataset that fit together.',
  },
  PLUGIN_NONCONFORMING: {
    means: 'The plugin breaks a promise that every plugin of its kind makes.',
    remedy: 'See docs/reference/conformance.md for what the conformance kit checks.',
  },
  PLUGIN_THREW: {
    means: 'A plugin package or file threw an error while it was being loaded.',
    remedy: 'Correct it where the stack below points to: it threw before Interfuse asked it for anything.',
  },
  PLUGIN_SECOND_CORE: {
    means: 'The plugin would run with another copy of @interfuse/core or @tensorflow/tfjs than Interfuse does.',
    remedy:
      'Name both under peerDependencies in the package.json of the plugin, and install plugin and interfuse in one folder; if the plugin has a node_modules of its own, run the interfuse that is installed there (npx interfuse).',
  },
  PLUGIN_NAME: {
    means: 'A plugin package cannot have this name.',
    remedy: 'Choose a name such as my-fusion or @lab/my-fusion.',
  },
  REGISTRY_FROZEN: {
    means: 'A plugin was registered after the registry had been used.',
    remedy: 'Register all plugins before the first lookup.',
  },
  // Files
  FILE_NOT_FOUND: { means: 'A file or folder does not exist.', remedy: 'Check the path.' },
  FILE_UNREADABLE: {
    means: 'A file cannot be read in the format that it should have.',
    remedy: 'Restore the file from its source.',
  },
  FILE_NOT_WRITTEN: {
    means: 'A file could not be written; what was there before is untouched.',
    remedy: 'Check free space and permissions, then run the same command again.',
  },
  FILE_EXISTS: {
    means: 'A file of this name exists already.',
    remedy: 'Choose another name, or let it be replaced with --force.',
  },
  SAFETENSORS_INVALID: {
    means: 'A safetensors file is damaged or is not one.',
    remedy: 'Fetch or write the file again.',
  },
  SAFETENSORS_TENSOR: {
    means: 'A safetensors file does not hold the tensor that is needed, or holds it with another shape or type.',
    remedy: 'Use the file that belongs to this configuration.',
  },
  // Data
  DATASET_INVALID: {
    means: 'A dataset folder contradicts itself or the format.',
    remedy: 'Correct the dataset folder at the place named.',
  },
  DATASET_EMPTY: { means: 'A split of the dataset has no samples.', remedy: 'Give every split at least one sample.' },
  DATASET_NOT_FINITE: {
    means: 'The data hold a value that is not a finite number.',
    remedy: 'Replace NaN and infinities in the named sample before importing.',
  },
  PICKLE_REFUSED: {
    means: 'A pickle asks for something that a file of numbers has no need of; nothing of it was executed.',
    remedy: 'Use the file as its makers published it, or save plain NumPy arrays, lists and strings.',
  },
  PICKLE_INVALID: {
    means: 'A pickle is damaged or cut off, or is not one.',
    remedy: 'Fetch the file again and compare its SHA-256 with the published one.',
  },
  IMPORT_INVALID: {
    means: 'A file to be imported is damaged or does not hold what its format promises.',
    remedy: 'See docs/guides/import-features.md for what each importer reads.',
  },
  FEATURES_INPUT: {
    means: 'A recording cannot be turned into features.',
    remedy: 'Leave it out, or record it again.',
  },
  TOOL_NOT_FOUND: {
    means: 'A program that this needs is not installed.',
    remedy: 'Install it, and see that its folder is in PATH.',
  },
  PACKAGE_ABSENT: {
    means: 'An optional package that this needs is not installed.',
    remedy: 'Install it, and run the same command again.',
  },
  // Language models
  LANGUAGE_MODEL_UNKNOWN: {
    means: 'There is no language-model checkpoint of this name or at this path.',
    remedy: 'Name a bundled model, the folder of a Hugging Face checkpoint, or a model of the Hub.',
  },
  LANGUAGE_MODEL_INVALID: {
    means: 'A language-model folder does not hold what its config promises.',
    remedy: 'Use the folder of an unmodified Hugging Face checkpoint of the named architecture.',
  },
  LANGUAGE_MODEL_ABSENT: {
    means: 'The language model is not, or not completely, in the local cache of the Hugging Face Hub.',
    remedy: 'Fetch it with `interfuse lm pull <name>`: nothing is downloaded unless a command asks for it by name.',
  },
  GGUF_INVALID: {
    means: 'A GGUF file is damaged, or holds a model that is not read.',
    remedy: 'Fetch the file again and compare its SHA-256 with the published one.',
  },
  WEIGHTS_NOT_FINITE: {
    means: 'A stored weight is not a finite number.',
    remedy: 'Fetch the checkpoint again and compare its SHA-256 with the published one; or choose another.',
  },
  TEXT_TOO_LONG: {
    means: 'The sequence is longer than the language model has positions for.',
    remedy: 'Lower `data.textLength`, use fewer fusion tokens, or choose a model with a longer context.',
  },
  // The Hugging Face Hub
  HUB_OFFLINE: {
    means: 'The model is not here, and HF_HUB_OFFLINE forbids to fetch it.',
    remedy: 'Unset HF_HUB_OFFLINE (and TRANSFORMERS_OFFLINE), or copy the cache from a machine that has the model.',
  },
  HUB_UNREACHABLE: {
    means: 'The Hugging Face Hub does not answer, or not as it should.',
    remedy: 'Check the connection and HF_ENDPOINT, then run the same command again: it resumes.',
  },
  HUB_REFUSED: {
    means: 'The Hugging Face Hub does not let this model be fetched.',
    remedy: 'Check the name; for a private model, set HF_TOKEN to a token that may read it.',
  },
  HUB_NOT_FOUND: {
    means: 'The Hugging Face Hub has no such model, revision or file.',
    remedy: 'Copy the name from the page of the model; its branches and tags are under "Files".',
  },
  HUB_UNSUITABLE: {
    means: 'The model on the Hub has no weights in a form that is read here.',
    remedy: 'Choose a model, or a revision of it, with safetensors.',
  },
  HUB_DAMAGED: {
    means: 'A file did not arrive as the Hub lists it; it was discarded.',
    remedy: 'Run the same command again. If it happens again, whatever stands at HF_ENDPOINT serves wrong files.',
  },
  // Running
  ENGINE_UNAVAILABLE: {
    means: 'The engine cannot run on this machine.',
    remedy: 'Choose another engine; `interfuse doctor` says which run here and why.',
  },
  ENGINE_ABSENT: {
    means: 'What the engine runs on is not on this machine: a package, a library or a device.',
    remedy: 'Install it, or choose another engine; `interfuse doctor` says which run here and why.',
  },
  ENGINE_WITHOUT_PROFILER: {
    means: 'The runtime of the engine cannot tell where the time goes.',
    remedy: 'Profile on the default engine (engine.use=onnx).',
  },
  ENGINE_STEP: {
    means: 'A step returned something that the engine cannot keep.',
    remedy: 'Return every state leaf with its declared path, shape and type.',
  },
  STEP_READS_VALUE: {
    means: 'A step reads a value back while it is being traced.',
    remedy:
      'Keep `forward` and `losses` to tensor operations, and choose between values with tf.where; or run on another engine (engine.use=wasm).',
  },
  KERNEL_UNSUPPORTED: {
    means: 'The compiled engine has no such operation.',
    remedy: 'Express it with the operations listed, or run on another engine (engine.use=wasm).',
  },
  EXPORT_BATCH: {
    means: 'The model cannot be written as one graph for batches of every size.',
    remedy: 'Export it for batches of one size, such as --batch 1.',
  },
  EXPORT_DIFFERS: {
    means: 'The exported model does not predict what the run predicts; no file was left.',
    remedy: 'This is a bug of Interfuse or of the strategy: please report it with the lines above.',
  },
  SHAPE_MISMATCH: {
    means: 'A tensor does not have the shape that was declared.',
    remedy: 'Return the declared shape.',
  },
  TRAINING_DIVERGED: {
    means: 'The loss is no longer a finite number.',
    remedy: 'Lower training.learningRate, or clip gradients with training.clipNorm.',
  },
  CHECKPOINT_MISMATCH: {
    means: 'A checkpoint does not fit the model.',
    remedy: 'Use the run folder with the configuration that made it, or delete the folder to train anew.',
  },
  RUN_LOCKED: {
    means: 'Another process is working on this run.',
    remedy: 'Wait for it, or stop it; a lock of a process that is gone is removed by itself.',
  },
  RUN_INVALID: {
    means: 'A run folder is incomplete or damaged.',
    remedy: 'Delete the folder and run the same command again.',
  },
  STAGE_FAILED: {
    means: 'A run cannot start, for the stage whose weights it begins with has failed.',
    remedy: 'See why the stage failed, and run the same command again.',
  },
  SLURM_REFUSED: {
    means: 'Slurm did not do what it was asked for.',
    remedy: 'Correct --slurm-options as the program says, or ask whoever runs the cluster.',
  },
  SLURM_JOB_ENDED: {
    means: 'Slurm has ended a job before its run was over.',
    remedy: 'Run the same command again: the run goes on from its last epoch.',
  },
  PLAN_INVALID: {
    means: 'The locked plan of a comparison is missing or damaged, or does not have this run.',
    remedy: 'Run the same command again; if the file is damaged, choose another folder (output=...).',
  },
  TEST_ALREADY_OPENED: {
    means: 'The test split of this run has been opened: its weights can no longer change.',
    remedy: 'Start a new run (another seed or configuration).',
  },
  TEST_WITHOUT_RECEIPT: {
    means: 'The test split opens only for a run whose selection is finished.',
    remedy: 'Train and select on `train` and `valid`; evaluate the selected run on test.',
  },
  COMMAND_USAGE: { means: 'The command line is not understood.', remedy: 'See `interfuse --help`.' },
  PARITY_FAILED: {
    means: 'A quantity is out of tolerance.',
    remedy: 'Compare the quantities in the table from the first that is out of tolerance.',
  },
} as const satisfies Record<string, { means: string; remedy: string }>;

export type ErrorCode = keyof typeof catalogue;

/** What each code means and what to do by default: for documentation. */
export const errorCatalogue: { readonly [C in ErrorCode]: { readonly means: string; readonly remedy: string } } =
  catalogue;

export interface ErrorDetails {
  /** Where: a path in the config (`fusion.options.depth`), a file with line, a tensor. */
  readonly place: string;
  readonly expected: string;
  readonly got: string;
  /** More specific than the catalogue's remedy, such as "did you mean "depth"?". */
  readonly remedy?: string;
  readonly cause?: unknown;
  /** Further problems found at the same time; the message lists them. */
  readonly also?: readonly InterfuseError[];
}

/** What a user can get wrong: a stable code, the place, what was expected, what came and what to do. */
export class InterfuseError extends Error {
  override readonly name = 'InterfuseError';
  readonly code: ErrorCode;
  readonly place: string;
  readonly expected: string;
  readonly got: string;
  readonly remedy: string;
  readonly also: readonly InterfuseError[];

  constructor(code: ErrorCode, details: ErrorDetails) {
    const remedy = details.remedy ?? catalogue[code].remedy;
    super(
      [
        `${code}: ${catalogue[code].means}`,
        `  where     ${details.place}`,
        `  expected  ${details.expected}`,
        `  got       ${details.got}`,
        `  to do     ${remedy}`,
        ...(details.also ?? []).map(
          (other) => `  also      ${other.place}: expected ${other.expected}; got ${other.got}. ${other.remedy}`,
        ),
      ].join('\n'),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.place = details.place;
    this.expected = details.expected;
    this.got = details.got;
    this.remedy = remedy;
    this.also = details.also ?? [];
  }
}

/** Whether an error is Interfuse's own. By name and code, so that it also holds for a plugin's own copy of this package. */
export function isInterfuseError(error: unknown): error is InterfuseError {
  return error instanceof Error && error.name === 'InterfuseError' && 'code' in error && typeof error.code === 'string';
}

/** Throws the first of the problems, which then lists the others; returns if there are none. */
export function throwProblems(problems: readonly InterfuseError[]): void {
  const [first, ...also] = problems;
  if (first === undefined) return;
  if (also.length === 0) throw first;
  const { code, place, expected, got, remedy, cause } = first;
  throw new InterfuseError(code, { place, expected, got, remedy, cause, also });
}
