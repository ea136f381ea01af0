import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { STRATEGY_NAMES } from '../src/masking/profile/strategy-schema.ts';
import { sources } from './support/error-texts.ts';

const root = join(import.meta.dirname, '..');
const page = (path: string) => readFileSync(join(root, path), 'utf8');

/** The sources with quotes and backquotes as they come out, and strings that are joined by `+` in one. */
const texts = [...sources().values()].map((text) => text.replaceAll(/\\(['"`$])/g, '$1'));

/** Whether a text of the sources holds the message's fixed parts near each other and in their order. */
function stands(message: string): boolean {
  const parts = message.split('…').filter((part) => part.trim() !== '');
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^\\n]{1,200}?');
  const wanted = new RegExp(pattern);
  return texts.some((text) => wanted.test(text));
}

describe('docs/troubleshooting.md', () => {
  const messages = [...page('docs/troubleshooting.md').matchAll(/^### `(.+)`$/gm)].map(
    ([, message]) => message ?? '',
  );

  it('quotes at least 25 messages, each once', () => {
    assert.ok(messages.length >= 25, `${messages.length} messages`);
    assert.equal(new Set(messages).size, messages.length);
    assert.equal(page('docs/troubleshooting.md').match(/^### /gm)?.length, messages.length);
  });

  for (const message of messages) {
    it(`${message} stands in the sources`, () => assert.ok(stands(message)));
  }

  it('would fall when a message is reworded', () => {
    assert.ok(!stands('There is no token of GitHub.'));
    assert.ok(!stands('The base commit … was lost.'));
  });
});

/** Asked for by what is switched on by inputs, and by the action that publishes for forks. */
const OPTIONAL = ['actions: read', 'checks: write', 'statuses: write'];

describe('docs/permissions.md', () => {
  const asked = new Set(
    [...sources()]
      .filter(([path]) => path.startsWith('github/'))
      .flatMap(([, text]) =>
        [...text.matchAll(/permission\s*(?::|=)\s*'([^']+)'/g)].map(([, one]) => one ?? ''),
      ),
  );
  const table = page('docs/permissions.md').split('\n\nBy action')[0] ?? '';
  const told = new Set([...table.matchAll(/^\| [^|]+ \| `([a-z-]+: \w+)` \|/gm)].map(([, one]) => one ?? ''));

  it('has a row for each permission that a message can name, and no invented one', () => {
    assert.ok(asked.size >= 5, [...asked].join(', '));
    assert.deepEqual(
      [...asked].filter((one) => !told.has(one)),
      [],
    );
    assert.deepEqual(
      [...told].filter((one) => !asked.has(one) && !OPTIONAL.includes(one)),
      [],
    );
  });
});

describe('the pages', () => {
  const pages = globSync(['*.md', 'docs/*.md', 'actions/*/*.md'], { cwd: root });

  it('link to files that are there', () => {
    const broken = pages.flatMap((path) =>
      [...page(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => join(dirname(path), target ?? ''))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${path}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it('name every recipe in the README', () => {
    const readme = page('README.md');
    const recipes = globSync('examples/*.yml', { cwd: root });
    assert.ok(recipes.length > 0);
    assert.deepEqual(
      recipes.filter((path) => !readme.includes(`(${path})`)),
      [],
    );
  });

  it('link to headings that are there', () => {
    const slug = (title: string) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
        .trim()
        .replaceAll(' ', '-');
    const broken = pages.flatMap((path) =>
      [...page(path).matchAll(/\]\(((?!https?:)[^)#\s]*)#([^)\s]+)\)/g)].flatMap(([, file, anchor]) => {
        const target = file ? join(dirname(path), file) : path;
        if (!target.endsWith('.md') || !existsSync(join(root, target))) return [];
        const slugs = [...page(target).matchAll(/^#+ (.+)$/gm)].map(([, title]) => slug(title ?? ''));
        return slugs.includes(anchor ?? '') ? [] : [`${path}: ${target}#${anchor}`];
      }),
    );
    assert.deepEqual(broken, []);
  });
});

describe('docs/masking.md', () => {
  const written = new Set(
    [...page('docs/masking.md').matchAll(/`([a-z][a-z0-9.-]*)`/g)].map(([, one]) => one),
  );

  it('lists every strategy by name, and no national number that there is not', () => {
    assert.deepEqual(
      STRATEGY_NAMES.filter((name) => !written.has(name)),
      [],
    );
    const names: ReadonlySet<string> = new Set(STRATEGY_NAMES);
    const told = [...written].filter((one): one is string => one?.startsWith('id.') === true);
    assert.deepEqual(
      told.filter((one) => !names.has(one)),
      [],
    );
  });
});
