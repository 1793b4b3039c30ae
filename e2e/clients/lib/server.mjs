// A rehearse server of our own: on a free loopback port, with demo data in a database that goes with it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

const startPatience = 30_000;
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** The binary: what REHEARSE_BIN names, else built into dir. */
export function build(dir) {
  if (process.env.REHEARSE_BIN) return process.env.REHEARSE_BIN;
  const binary = join(dir, 'rehearse');
  const made = spawnSync('go', ['build', '-o', binary, '.'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (made.status !== 0) throw new Error('go build failed');
  return binary;
}

/**
 * Starts `rehearse serve --dev` with more flags and waits until it listens. `env` adds settings. What it wrote to stderr
 * is in log(). restart() ends it and starts it again on the same port and database; stop() ends it for good.
 */
export async function serve(binary, flags = [], env = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-clients-'));
  const server = { log: () => errors, stop, restart };
  let errors = '';
  let child;
  await start('127.0.0.1:0');
  return server;

  async function start(addr) {
    const args = ['serve', '--dev', '--db', join(dir, 'rehearse.db'), '--addr', addr, '--log', 'json', ...flags];
    child = spawn(binary, args, { cwd: dir, env: { ...bare(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    child.stderr.on('data', (data) => (errors += data));
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the server does not start\n${errors}`)), startPatience);
      child.on('exit', (code) => {
        running.delete(child);
        clearTimeout(late);
        reject(new Error(`the server ended with ${code}\n${errors}`));
      });
      child.stdout.on('data', (data) => {
        output += data;
        if (!/^Try:/m.test(output)) return;
        clearTimeout(late);
        resolve();
      });
    });
    const [, home] = /is at (http:\/\/\S+) /.exec(output);
    const [, name, value] = /^ {2}([\w-]+): (\{.*\})$/m.exec(output);
    server.home = home;
    server.url = `${home}/graphql`;
    server.wsUrl = server.url.replace('http', 'ws');
    server.headers = { [name]: value };
  }

  async function end(signal) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  }

  async function stop() {
    await end('SIGTERM');
    rmSync(dir, { recursive: true, force: true });
  }

  async function restart(signal = 'SIGTERM') {
    const { host } = new URL(server.home);
    await end(signal);
    await start(host);
  }
}

/** The environment without settings of the program and without proxies. */
function bare() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^REHEARSE_|_proxy$/i.test(name)));
}
