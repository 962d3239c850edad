/** The documentation as a static site. The command is `npm run docs`. */
export { type Declaration, declarationsOf } from './declarations.js';
export { buildDocumentation } from './documentation.js';
export { linkProblems, type Site } from './links.js';
export { writeSite } from './write-site.js';
