// Bundles the demo into dist/: one script, one style sheet, one page; no inline code.
import { build } from 'esbuild';
import { cp, mkdir, rm } from 'node:fs/promises';

const out = new URL('./dist/', import.meta.url).pathname;
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: [new URL('./src/main.ts', import.meta.url).pathname],
  outfile: `${out}demo.js`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2020',
  logLevel: 'warning',
});
for (const file of ['index.html', 'demo.css', 'icon.svg']) {
  await cp(new URL(`./src/${file}`, import.meta.url).pathname, out + file);
}
