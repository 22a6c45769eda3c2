// Every catalogue has the same keys and the same placeholders in every language, and every key is used.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
// What the shared components speak, every part must.
const languages = readdirSync(join(root, 'ui/messages')).map((file) => file.replace(/\.json$/, ''));
const complaints = [];

function placeholders(text) {
  return [...text.matchAll(/\{(\w+)\}/g)]
    .map((match) => match[1])
    .sort()
    .join(',');
}

function sources(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

// Messages that are there to be told apart: no two of a family say the same.
const families = ['chip.fault.', 'retake.', 'fault.', 'outcome.'];

for (const part of ['ui', 'wallet', 'desk', 'console']) {
  const catalogues = Object.fromEntries(
    languages.map((language) => [
      language,
      JSON.parse(readFileSync(join(root, part, 'messages', `${language}.json`), 'utf8')),
    ]),
  );
  const reference = catalogues.en;
  for (const language of languages.filter((one) => one !== 'en')) {
    const other = catalogues[language];
    for (const key of Object.keys(reference)) {
      if (!(key in other)) complaints.push(`${part}: "${key}" is missing in ${language}`);
      else if (placeholders(reference[key]) !== placeholders(other[key]))
        complaints.push(`${part}: "${key}" has other placeholders in ${language}`);
    }
    for (const key of Object.keys(other))
      if (!(key in reference)) complaints.push(`${part}: "${key}" is only in ${language}`);
  }
  for (const [language, catalogue] of Object.entries(catalogues))
    for (const family of families) {
      const said = Object.keys(catalogue)
        .filter((key) => key.startsWith(family))
        .map((key) => catalogue[key]);
      for (const twice of said.filter((text, at) => said.indexOf(text) !== at))
        complaints.push(`${part}: "${family}" says "${twice}" twice in ${language}`);
    }
  const text = sources(join(root, part, 'src')).join('\n');
  for (const key of Object.keys(reference)) {
    // A key may be put together from a fixed beginning (`problem.${kind}`), so its group counts as use.
    const plain = key.replace(/\.(one|other)$/, '');
    const parts = plain.split('.');
    const used =
      text.includes(`'${plain}'`) ||
      parts.some((_, n) => n > 0 && text.includes(`\`${parts.slice(0, n).join('.')}.\${`));
    if (!used) complaints.push(`${part}: "${key}" is used nowhere`);
  }
}

for (const complaint of complaints) console.error(complaint);
console.log(complaints.length === 0 ? 'Message catalogues agree.' : `${complaints.length} complaints.`);
process.exit(complaints.length === 0 ? 0 : 1);
