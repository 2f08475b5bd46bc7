// Finds a Chromium, or unpacks the one that came with the npm packages, and starts it.
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';
import { chromium, type Browser } from 'playwright-core';

const unpacked = fileURLToPath(new URL('../.chromium', import.meta.url));
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Found {
  executable: string;
  libraries?: string;
}

export async function launchChromium(): Promise<Browser> {
  const { executable, libraries } = await find();
  const env = { ...(process.env as Record<string, string>) };
  if (libraries) env['LD_LIBRARY_PATH'] = [libraries, env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter);
  return chromium.launch({ executablePath: executable, args: ARGUMENTS, env });
}

async function find(): Promise<Found> {
  const chosen = process.env['GROWTHBUS_CHROMIUM'];
  if (chosen) return { executable: chosen };
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const path = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
    const executable = path.find((candidate) => existsSync(candidate));
    if (executable) return { executable };
  }
  return unpack();
}

async function unpack(): Promise<Found> {
  const executable = join(unpacked, 'chromium');
  const libraries = join(unpacked, 'al2023', 'lib');
  if (!existsSync(executable)) {
    console.log('Unpacking Chromium for the tests (once, about 200 MB)');
    const packed = join(
      dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
      '..',
      '..',
      'bin',
    );
    await mkdir(join(unpacked, 'al2023'), { recursive: true });
    await untar(join(packed, 'al2023.tar.br'), join(unpacked, 'al2023'));
    // Renamed last: an interrupted unpacking leaves nothing that looks complete.
    const partial = `${executable}.partial`;
    await pipeline(
      createReadStream(join(packed, 'chromium.br')),
      createBrotliDecompress(),
      createWriteStream(partial),
    );
    await chmod(partial, 0o755);
    await rename(partial, executable);
  }
  // The package's own libraries only where the system has none.
  return spawnSync(executable, ['--version']).status === 0 ? { executable } : { executable, libraries };
}

async function untar(archive: string, folder: string): Promise<void> {
  // By way of a file: tar stops reading at the end mark of the archive, which would break a pipe.
  const tar = join(folder, basename(archive, '.br'));
  await pipeline(createReadStream(archive), createBrotliDecompress(), createWriteStream(tar));
  const { status } = spawnSync('tar', ['-xf', tar, '-C', folder], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`tar ended with ${status} on ${archive}`);
  await rm(tar);
}
