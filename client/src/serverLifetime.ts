/** Keeps one client of the language server alive: replaces one that failed, and ends one however far it has come. */

/** What is needed of a client. As in vscode-languageclient, `stop` and `dispose` reject for a client that never ran. */
export interface ServerClient {
  start(): Promise<void>;
  /** Waits for the start by itself, and rejects at once where that has failed. */
  sendRequest<Result>(method: string, params: object): Promise<Result>;
  isRunning(): boolean;
  stop(): Promise<void>;
  dispose(): Promise<void>;
}

export class ServerLifetime<Client extends ServerClient> {
  private client: Client;
  /** Settles with the start of the client, and never rejects. */
  private settled: Promise<void>;
  /** Restarts follow one another. */
  private restarted: Promise<void> = Promise.resolve();

  /** Starts the first client without waiting for it. `onFailure` hears of every start or end that failed. */
  constructor(
    private readonly create: () => Client,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.client = create();
    this.settled = this.client.start().catch(onFailure);
  }

  /** Rejects with an Error that says `notRunning` where there is no server to answer. */
  async request<Result>(method: string, params: object, notRunning: string): Promise<Result> {
    const { client } = this;
    try {
      return await client.sendRequest<Result>(method, params);
    } catch (error) {
      if (client.isRunning()) throw error;
      throw new Error(notRunning, { cause: error });
    }
  }

  /** When the start of the client has ended, well or not. */
  started(): Promise<void> {
    return this.settled;
  }

  /** Rejects when the new client's start does. */
  restart(): Promise<void> {
    const restarted = this.restarted.then(() => this.replace());
    this.restarted = restarted.catch(() => {});
    return restarted;
  }

  /** A client that is still starting is ended as soon as it has started: before that it cannot be. */
  async stop(): Promise<void> {
    await this.end(this.client, this.settled);
  }

  private async replace(): Promise<void> {
    const ended = this.end(this.client, this.settled);
    // Nobody waits for a client that never comes up.
    if (this.client.isRunning()) await ended;
    this.client = this.create();
    const started = this.client.start();
    this.settled = started.catch(this.onFailure);
    await started;
  }

  private async end(client: Client, settled: Promise<void>): Promise<void> {
    if (!client.isRunning()) await settled;
    try {
      if (client.isRunning()) await client.stop();
      // It holds nothing any more, but must not be started again by a late request.
      else await client.dispose().catch(() => {});
    } catch (error) {
      this.onFailure(error);
    }
  }
}
