/** What the site shows and in which order: pages of the repository by their paths, and pages that are made. */

export interface Section {
  readonly title: string;
  /** Paths in the repository, or names of made pages. A path that ends in /* is every page of the folder that no section names. */
  readonly pages: readonly string[];
}

export const sections: readonly Section[] = [
  { title: 'Start', pages: ['README.md', 'docs/quick-start.md', 'docs/concepts.md'] },
  {
    title: 'Guides',
    pages: [
      'docs/guides/run-a-comparison.md',
      'docs/guides/read-a-report.md',
      'docs/guides/run-on-a-cluster.md',
      'docs/guides/write-a-fusion-plugin.md',
      'docs/guides/swap-the-backbone.md',
      'docs/guides/write-a-language-model-adapter.md',
      'docs/guides/train-a-language-model.md',
      'docs/guides/bring-your-own-data.md',
      'docs/guides/import-features.md',
      'docs/guides/generate-data.md',
      'docs/guides/reproduce-deepmlf.md',
      'docs/guides/curriculum.md',
      'docs/guides/ablations.md',
      'docs/guides/look-inside-a-run.md',
      'docs/guides/missing-modalities.md',
      'docs/guides/cross-modal-gain.md',
      'docs/guides/export-a-model.md',
      'docs/guides/engines.md',
      'docs/guides/*',
    ],
  },
  {
    title: 'Reference',
    pages: [
      'made:config',
      'made:command-line',
      'docs/reference/errors.md',
      'docs/reference/compatibility.md',
      'docs/reference/*',
    ],
  },
  {
    title: 'API',
    pages: ['made:api/core', 'made:api/nn', 'made:api/testing', 'made:api/suite', 'made:api/statistics'],
  },
  {
    title: 'Strategies',
    pages: [
      'packages/fusion-baselines/README.md',
      'packages/fusion-baselines/src/unimodal/README.md',
      'packages/fusion-baselines/src/early/README.md',
      'packages/fusion-baselines/src/late/README.md',
      'packages/fusion-baselines/src/shallow/README.md',
      'packages/fusion-deepmlf/README.md',
      'packages/fusion-deepmlf/src/*',
      'packages/fusion-baselines/src/*',
    ],
  },
  { title: 'Packages', pages: ['packages/*'] },
  { title: 'Examples', pages: ['examples/*'] },
  { title: 'Project', pages: ['docs/design.md', 'CONTRIBUTING.md', 'AGENTS.md', 'CHANGELOG.md', 'docs/*'] },
];

/** The sections with every path written out. @param known paths of all pages of the repository */
export function spellOutSections(all: readonly Section[], known: readonly string[]): Section[] {
  const named = new Set(all.flatMap(({ pages }) => pages));
  return all.map(({ title, pages }) => ({
    title,
    pages: pages.flatMap((page) => {
      if (!page.endsWith('/*')) return [page];
      const rest = known.filter((path) => !named.has(path) && isIn(path, page.slice(0, -1)));
      for (const path of rest) named.add(path);
      return rest;
    }),
  }));
}

/** A page of a folder is a file in it, or the README of a folder in it. */
function isIn(path: string, folder: string): boolean {
  return path.startsWith(folder) && /^(?:[^/]+\.md|[^/]+\/README\.md)$/.test(path.slice(folder.length));
}
