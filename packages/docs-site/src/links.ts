/** Looks at every link of a site: whether it leads somewhere, and whether anything would be loaded from elsewhere. */
import { posix } from 'node:path';

/** Address of a file in the site to what it holds; what is no page is not looked at. */
export type Site = ReadonlyMap<string, string | Uint8Array>;

/** @returns a sentence for each link that leads nowhere, and for each thing that a browser would fetch from elsewhere */
export function linkProblems(site: Site): string[] {
  const anchors = new Map<string, Set<string>>();
  for (const [address, html] of pagesOf(site)) anchors.set(address, new Set(valuesOf(html, 'id')));
  return pagesOf(site).flatMap(([address, html]) => {
    const scripts = /<script\b/i.test(html) ? [`${address}: has a script`] : [];
    const fetched = [...valuesOf(html, 'src'), ...stylesheetsOf(html)].filter((target) =>
      /^(?:\w+:|\/\/)/.test(target),
    );
    const dead = [...valuesOf(html, 'href'), ...valuesOf(html, 'src')].filter(
      (target) => !/^(?:https?|mailto):/.test(target) && !leadsSomewhere(address, target, site, anchors),
    );
    return [
      ...scripts,
      ...fetched.map((target) => `${address}: would load ${target} from elsewhere`),
      ...dead.map((target) => `${address}: ${target} leads nowhere`),
    ];
  });
}

function leadsSomewhere(
  address: string,
  target: string,
  site: Site,
  anchors: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const [path = '', anchor] = target.split('#');
  const goal = path === '' ? address : posix.join(posix.dirname(address), decodeURI(path));
  if (!site.has(goal)) return false;
  return anchor === undefined || anchors.get(goal)?.has(decodeURIComponent(anchor)) === true;
}

function pagesOf(site: Site): [string, string][] {
  return [...site].flatMap(([address, content]): [string, string][] =>
    address.endsWith('.html') && typeof content === 'string' ? [[address, content]] : [],
  );
}

function valuesOf(html: string, attribute: string): string[] {
  return [...html.matchAll(new RegExp(`<[a-z][^>]*\\s${attribute}="([^"]*)"`, 'g'))].map(([, value]) =>
    (value as string).replaceAll('&amp;', '&').replaceAll('&quot;', '"'),
  );
}

function stylesheetsOf(html: string): string[] {
  return [...html.matchAll(/<link\b[^>]*>/g)].flatMap(([tag]) => valuesOf(tag, 'href'));
}
