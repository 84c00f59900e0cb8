/** Clients that do not come up, come up late, or fall over: what becomes of requests, restarts and the end. */
import { expect, test, vi } from 'vitest';
import { type ServerClient, ServerLifetime } from './serverLifetime';

type State = 'initial' | 'starting' | 'failed' | 'running' | 'stopped';

/** Behaves as vscode-languageclient 11 does, with a start that the test settles. */
class FakeClient implements ServerClient {
  state: State = 'initial';
  readonly calls: string[] = [];
  private settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  private onStart: Promise<void> | undefined;

  start(): Promise<void> {
    this.state = 'starting';
    this.onStart = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    return this.onStart;
  }

  comeUp(): void {
    this.state = 'running';
    this.settle?.resolve();
  }

  fail(): void {
    this.state = 'failed';
    this.settle?.reject(new Error('no such file'));
  }

  async sendRequest<Result>(method: string): Promise<Result> {
    if (this.state === 'failed' || this.state === 'stopped') throw new Error('Client is not running');
    await this.onStart;
    this.calls.push(method);
    throw new Error(`${method} was refused`);
  }

  isRunning(): boolean {
    return this.state === 'running';
  }

  async stop(): Promise<void> {
    if (this.state === 'stopped' || this.state === 'initial') return;
    if (this.state !== 'running') throw new Error(`Client can't be stopped. Its current state is: ${this.state}`);
    this.state = 'stopped';
    this.calls.push('stop');
  }

  async dispose(): Promise<void> {
    await this.stop();
  }
}

function lifetime() {
  const clients: FakeClient[] = [];
  const failures: unknown[] = [];
  const server = new ServerLifetime(
    () => {
      const client = new FakeClient();
      clients.push(client);
      return client;
    },
    (error) => failures.push(error),
  );
  const client = (index: number): FakeClient => {
    const found = clients[index];
    if (found === undefined) throw new Error(`there is no client ${index}`);
    return found;
  };
  const ask = () => server.request('ask', {}, 'Restart the server.');
  return { server, clients, client, failures, ask };
}

test('a request waits for the start, and its own failure stays its own', async () => {
  const { client, ask } = lifetime();
  const asked = ask();
  client(0).comeUp();
  await expect(asked).rejects.toThrow('ask was refused');
});

test('a start that failed is told to every request, and a restart recovers from it', async () => {
  const { server, client, clients, failures, ask } = lifetime();
  client(0).fail();
  await expect(ask()).rejects.toThrow('Restart the server.');
  expect(failures).toEqual([new Error('no such file')]);

  const restarted = server.restart();
  await vi.waitUntil(() => clients.length === 2);
  client(1).comeUp();
  await restarted;
  await expect(ask()).rejects.toThrow('ask was refused');
  expect(client(1).calls).toEqual(['ask']);
});

test('a restart that fails says so, and the next one recovers', async () => {
  const { server, client, clients } = lifetime();
  client(0).fail();
  const first = server.restart();
  await vi.waitUntil(() => clients.length === 2);
  client(1).fail();
  await expect(first).rejects.toThrow('no such file');
  const second = server.restart();
  await vi.waitUntil(() => clients.length === 3);
  client(2).comeUp();
  await second;
});

test('a running server is stopped before the next one starts', async () => {
  const { server, client, clients } = lifetime();
  client(0).comeUp();
  const restarted = server.restart();
  await vi.waitUntil(() => clients.length === 2);
  expect(client(0).calls).toEqual(['stop']);
  client(1).comeUp();
  await restarted;
});

test('a server that never comes up is left behind, and stopped should it come up after all', async () => {
  const { server, client, clients } = lifetime();
  const restarted = server.restart();
  await vi.waitUntil(() => clients.length === 2);
  client(1).comeUp();
  await restarted;
  client(0).comeUp();
  await vi.waitUntil(() => client(0).calls.includes('stop'));
  expect(client(1).state).toBe('running');
});

test.each<State>(['running', 'failed', 'stopped'])('ending a server that is %s does not reject', async (state) => {
  const { server, client } = lifetime();
  if (state === 'failed') client(0).fail();
  else client(0).comeUp();
  if (state === 'stopped') await client(0).stop();
  await server.stop();
  expect(client(0).state).toBe(state === 'failed' ? 'failed' : 'stopped');
});

test('ending a server that is starting waits for it', async () => {
  const { server, client } = lifetime();
  const stopped = server.stop();
  client(0).comeUp();
  await stopped;
  expect(client(0).calls).toEqual(['stop']);
});
