/**
 * Commands and replies through shared memory: one thread waits for the other without an event loop, whose messages take
 * longer than many a training step.
 */

const idle = 0;
const asked = 1;
const answered = 2;
/** Of the text of a command or reply, in UTF-16 units; what is longer is no longer valid JSON, and only failures can be. */
const longestText = 8192;
const headerBytes = 8;

/** A try that soon is cheaper than to be woken up. */
const triesBeforeWaiting = 10_000;

export function createMailbox(): SharedArrayBuffer {
  return new SharedArrayBuffer(headerBytes + 2 * longestText);
}

export interface Mailbox<Command, Reply> {
  ask(command: Command): void;
  /** The reply, or null when there is none after so long. Blocks. */
  takeReply(waitMs: number): Reply | null;
  /** Blocks until there is a command. */
  takeCommand(): Command;
  answer(reply: Reply): void;
}

/** Each side opens the same memory; one asks and takes replies, the other takes commands and answers. */
export function openMailbox<Command, Reply>(memory: SharedArrayBuffer): Mailbox<Command, Reply> {
  const state = new Int32Array(memory, 0, 2);
  const units = new Uint16Array(memory, headerBytes);
  const put = (value: Command | Reply, nextState: number): void => {
    const text = JSON.stringify(value);
    if (text.length > longestText) throw new Error('a message between threads is too long');
    for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index);
    state[1] = text.length;
    Atomics.store(state, 0, nextState);
    Atomics.notify(state, 0);
  };
  const text = (): string => String.fromCharCode(...units.slice(0, state[1]));
  const waitFor = (wanted: number, waitMs: number): boolean => {
    for (let tries = 0; tries < triesBeforeWaiting; tries++) if (Atomics.load(state, 0) === wanted) return true;
    for (;;) {
      const current = Atomics.load(state, 0);
      if (current === wanted) return true;
      // Woken up by any change, such as that a reply was taken.
      if (Atomics.wait(state, 0, current, waitMs) === 'timed-out') return false;
    }
  };
  return {
    ask: (command) => put(command, asked),
    takeReply: (waitMs) => {
      if (!waitFor(answered, waitMs)) return null;
      const reply: Reply = JSON.parse(text());
      Atomics.store(state, 0, idle);
      return reply;
    },
    takeCommand: () => {
      waitFor(asked, Number.POSITIVE_INFINITY);
      const command: Command = JSON.parse(text());
      return command;
    },
    answer: (reply) => put(reply, answered),
  };
}
