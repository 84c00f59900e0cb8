/** A character language model: sentences of a small made-up grammar, predicted character by character. */
import { createRandom, type RandomSource } from '../../random';
import type { DatasetResult } from '../dataset';
import { textDataset } from '../text';
import type { TaskRequest } from './task';

const characterCount = 60_000;
const textStream = 0x74657874;

const nouns = ['cat', 'dog', 'hen', 'fox', 'child', 'sailor', 'queen', 'mouse'];
const adjectives = ['old', 'small', 'tired', 'quiet', 'clever'];
const verbs = ['see', 'hear', 'follow', 'know', 'like'];

/** Subjects agree with their verbs over what stands between them, so that there is something to remember. */
export function characters(request: TaskRequest): DatasetResult {
  const { model, length, seed } = request;
  const about = { name: 'Sentences of a small grammar', path: null };
  return textDataset(grammarText(seed, characterCount), about, model, length);
}

/** The same text for the same seed, of at least so many characters. */
function grammarText(seed: number, atLeast: number): string {
  const random = createRandom(seed, textStream);
  let text = '';
  while (text.length < atLeast) text += `${sentence(random)}.\n`;
  return text;
}

function sentence(random: RandomSource): string {
  const isPlural = random.below(2) === 1;
  const [subject, verb, object] = [
    nounPhrase(random, isPlural),
    oneOf(random, verbs),
    nounPhrase(random, random.below(2) === 1),
  ];
  const aside = random.below(3) === 0 ? ` that the ${oneOf(random, nouns)} ${oneOf(random, verbs)}s` : '';
  return `${subject}${aside} ${isPlural ? verb : `${verb}s`} ${object}`;
}

function nounPhrase(random: RandomSource, isPlural: boolean): string {
  const adjective = random.below(2) === 0 ? `${oneOf(random, adjectives)} ` : '';
  const noun = oneOf(random, nouns);
  const plural = noun === 'child' ? 'children' : noun === 'mouse' ? 'mice' : noun === 'fox' ? 'foxes' : `${noun}s`;
  return `the ${adjective}${isPlural ? plural : noun}`;
}

function oneOf(random: RandomSource, words: readonly string[]): string {
  return words[random.below(words.length)] ?? '';
}
