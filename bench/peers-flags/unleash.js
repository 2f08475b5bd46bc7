// An unleash-server with its own database, so many flags and rate limits that nobody reaches.
import { start } from 'unleash-server';

const FLAGS = Number(process.env.BENCH_FLAGS);
const FRONTEND = `default:development.${process.env.BENCH_TOKEN}`;
const ADMIN = `*:*.${process.env.BENCH_TOKEN}`;
const MANY = 1_000_000_000;

const unleash = await start({
  databaseUrl: process.env.BENCH_PG_URI,
  server: { host: '127.0.0.1', port: 0, gracefulShutdownEnable: false },
  versionCheck: { enable: false },
  telemetry: false,
  logLevel: 'warn',
  disableLegacyFeaturesApi: true,
  frontendApi: { refreshIntervalInMs: 500 },
  rateLimiting: { tokenAuthenticationMaxPerMinute: MANY, sdkApiMaxPerMinute: MANY },
  authentication: {
    type: 'none',
    initApiTokens: [
      { tokenName: 'bench', secret: ADMIN, type: 'admin', environment: '*', projects: ['*'] },
      {
        tokenName: 'page',
        secret: FRONTEND,
        type: 'frontend',
        environment: 'development',
        projects: ['default'],
      },
    ],
  },
});
const base = `http://127.0.0.1:${unleash.server.address().port}`;

for (let i = 0; i < FLAGS; i++) {
  const name = `flag-${i}`;
  const flag = `/api/admin/projects/default/features/${name}`;
  await admin('/api/admin/projects/default/features', { name, type: 'release' });
  await admin(`${flag}/environments/development/strategies`, {
    name: 'flexibleRollout',
    constraints: [],
    parameters: { rollout: '50', stickiness: 'userId', groupId: name },
  });
  await admin(`${flag}/environments/development/on`, undefined);
}
await everyFlagIsEvaluated();
console.log(`  app       ${base}`);
process.on('SIGTERM', () => process.exit(0));
process.stdin.on('end', () => process.exit(0)).resume();

async function admin(path, body) {
  const answer = await fetch(base + path, {
    method: 'POST',
    headers: { authorization: ADMIN, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
}

/** Pages are answered from a copy of the flags, which follows them a moment later. */
async function everyFlagIsEvaluated() {
  const seen = new Set();
  const deadline = Date.now() + 60_000;
  for (let user = 0; seen.size < FLAGS; user++) {
    if (Date.now() > deadline) throw new Error(`only ${seen.size} of ${FLAGS} flags are evaluated`);
    const answer = await fetch(`${base}/api/frontend?userId=${user}`, {
      headers: { authorization: FRONTEND },
    });
    if (!answer.ok) throw new Error(`/api/frontend: ${answer.status} ${await answer.text()}`);
    for (const { name } of (await answer.json()).toggles) seen.add(name);
    if (seen.size < FLAGS) await new Promise((later) => setTimeout(later, 50));
  }
}
