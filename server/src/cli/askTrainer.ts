/** Asks a trainer for one thing that is no run: to measure the machine, or to look for backends. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { answerWithinMs, parseTrainerEvent } from '../../../protocol/runEvents';
import type { TrainerEvent, TrainerRequest } from '../../../protocol/trainer';
import { compileCacheFolder } from './cacheFolder';
import { passMessages, trainerScript } from './trainerProcess';
import { TaskError } from './usage';

/**
 * Throws a TaskError where the trainer ends without an answer.
 *
 * @param doing what it does for this request: "measured this machine"
 */
export async function askTrainer<Type extends TrainerEvent['type']>(
  request: TrainerRequest,
  types: readonly Type[],
  doing: string,
): Promise<Extract<TrainerEvent, { type: Type }>> {
  const child = spawn(process.execPath, [trainerScript()], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCacheFolder() },
    timeout: answerWithinMs,
  });
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(request)}\n`);
  let answer: Extract<TrainerEvent, { type: Type }> | undefined;
  const isAnswer = (event: TrainerEvent): event is Extract<TrainerEvent, { type: Type }> =>
    types.some((type) => type === event.type);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseTrainerEvent(line);
    if (event === undefined) process.stderr.write(`${line}\n`);
    else if (isAnswer(event)) answer = event;
  });
  passMessages(child.stderr);
  const how = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  if (answer === undefined) throw new TaskError(`The trainer ended unexpectedly (${how}) while it ${doing}.`);
  return answer;
}
