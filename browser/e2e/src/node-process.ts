// A real node as a process of its own, on free ports, with a data directory of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
const jar = join(repository, 'cluster/target/growthbus.jar');
const START_MS = 120_000;

export interface NodeOptions {
  dataDir?: string;
  conf?: string;
  environment?: Record<string, string>;
}

export class NodeProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly app: string,
    readonly ops: string,
    readonly dataDir: string,
    private readonly output: string[],
  ) {}

  /** Starts a node and waits until it says where it listens. */
  static async start(options: NodeOptions = {}): Promise<NodeProcess> {
    if (!existsSync(jar))
      throw new Error(`${jar} is missing; build it with: mvn -Dquick -DskipTests package`);
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'growthbus-e2e-'));
    const java = process.env['JAVA_HOME'] ? join(process.env['JAVA_HOME'], 'bin/java') : 'java';
    const child = spawn(java, ['-jar', jar, 'run'], {
      cwd: repository,
      env: {
        ...process.env,
        GROWTHBUS_HTTP_PORT: '0',
        GROWTHBUS_OPS_PORT: '0',
        GROWTHBUS_DATA_DIR: dataDir,
        GROWTHBUS_CONF: options.conf ?? join(repository, 'conf'),
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why}\n${output.join('')}`));
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail(`the node was not ready within ${START_MS} ms`);
      }, START_MS);
      const read = (chunk: Buffer) => {
        output.push(chunk.toString());
        const text = output.join('');
        const app = /^\s+app\s+(\S+)/m.exec(text)?.[1];
        const ops = /^\s+ops\s+(\S+)/m.exec(text)?.[1];
        if (app && ops && /^\s+rooms\s/m.test(text)) {
          clearTimeout(timer);
          resolve(new NodeProcess(child, app, ops, dataDir, output));
        }
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => {
        clearTimeout(timer);
        fail(`the node ended with ${code} before it was ready`);
      });
    });
  }

  get log(): string {
    return this.output.join('');
  }

  /** Asks it to stop as an operator does; gives the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }

  /** Removes what the node has stored. */
  removeData(): void {
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  async get<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await fetch(this.app + path, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    return this.get<T>(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }
}
