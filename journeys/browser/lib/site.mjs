// A folder of built pages, served as the server serves them: with a policy that allows nothing inline.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { root } from './browser.mjs';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};
const policy = (connect) =>
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  `media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; connect-src 'self' ${connect}; ` +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Serves the folder. `answers` are what the server answers elsewhere, by path; `connect` whom the page may ask. */
export async function serve(folder, { answers = {}, connect = '' } = {}) {
  if (!existsSync(join(folder, 'index.html')))
    throw new Error('The pages are not built: run scripts/pages.sh first.');
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname in answers) {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answers[pathname]));
      return;
    }
    const file = join(folder, normalize(pathname === '/' ? '/index.html' : pathname));
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy(connect),
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    close: () => server.close(),
  };
}

export const serveExamples = () => serve(join(root, 'web/dist/examples'));
