/** Writes the package of a plugin: what `npm create interfuse-plugin` and `interfuse plugins new` do. */

export { nextSteps } from './next-steps.js';
export { type PluginName, readPluginName } from './plugin-name.js';
export { type Scaffolded, type ScaffoldRequest, scaffoldPlugin, type TemplateKind, templateKinds } from './scaffold.js';
