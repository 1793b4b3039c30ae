// Runs the tools of a client: compilers and generators, which must have nothing to say.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { home } from './suites.mjs';

/**
 * Runs a program to its end and returns what it wrote, both streams in one text. A name that npm installed is found
 * there. An exit code other than 0 and, with `quiet`, a line that says "warn" or "deprecat" is an error.
 */
export function command(program, args, { cwd = home, env = {}, quiet = false, patience = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const path = `${join(home, 'node_modules', '.bin')}:${process.env.PATH}`;
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, PATH: path, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    const late = setTimeout(() => child.kill('SIGKILL'), patience);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      const line = [program, ...args].join(' ');
      if (code !== 0) return reject(new Error(`${line}: ${signal ?? `exit ${code}`}\n${output}`));
      const warning = /^.*(?:\bwarn|deprecat).*$/im.exec(output);
      if (quiet && warning) return reject(new Error(`${line} warns: ${warning[0]}\n${output}`));
      resolve(output);
    });
  });
}
