/** Keras' layers that prepare data: none holds trained arrays. */
import { sizesOf } from '../arguments';
import { shapeOf, unknownTensor } from '../shapes';
import { axesOf, type LayerEntry, type LayerTable, onAxes, other, reasonOf } from './describe';

/** Changes of images that keep their size. */
const sameSize = [
  'AugMix',
  'AutoContrast',
  'CutMix',
  'Equalization',
  'MixUp',
  'RandAugment',
  'RandomBrightness',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomContrast',
  'RandomErasing',
  'RandomFlip',
  'RandomGaussianBlur',
  'RandomGrayscale',
  'RandomHue',
  'RandomInvert',
  'RandomPerspective',
  'RandomPosterization',
  'RandomRotation',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'RandomTranslation',
  'RandomZoom',
  'Solarization',
] as const;

/** Images cut or scaled to `(height, width)`, channels last. */
const resized: LayerEntry = [
  ['height', 'width'],
  (given) => {
    const size = [given.size('height'), given.size('width')];
    const isLast = given.isNone('data_format') || given.text('data_format', 'channels_last') === 'channels_last';
    return other(
      'a change of size',
      onAxes((axes) => {
        const channels = axes.at(-1);
        return isLast && axes.length >= 3 && channels ? [...axes.slice(0, -3), ...size, channels] : undefined;
      }),
    );
  },
];

/** Texts or numbers that become indices into a vocabulary. */
const lookUp: LayerEntry = [
  [],
  (given) => {
    const mode = given.text('output_mode', 'int');
    return other('a look-up in a vocabulary', ([input]) => {
      if (input === undefined || mode !== 'int') return [unknownTensor('what it gives is not followed')];
      return [{ ...input, element: 'integer' }];
    });
  },
];

/** Indices that become rows as wide as there are categories. */
const categories: LayerEntry = [
  ['num_tokens', 'output_mode'],
  (given, site) => {
    const [width] = sizesOf(given.get('num_tokens'), site) ?? [given.size('num_tokens')];
    const mode = given.text('output_mode', 'multi_hot');
    return other('categories as vectors', ([input]) => {
      const axes = axesOf(input);
      if (axes === undefined || width === undefined || mode === null || mode === 'one_hot') {
        return [unknownTensor(reasonOf(input, 'how it writes categories is not followed'))];
      }
      return [{ shape: shapeOf([...(axes.length === 1 ? [] : axes.slice(0, -1)), width]), element: 'float' }];
    });
  },
];

export const preprocessingLayers: LayerTable = {
  ...Object.fromEntries(sameSize.map((name) => [name, [['factor'], () => other('a change of images')]] as const)),
  CenterCrop: resized,
  RandomCrop: resized,
  Resizing: resized,
  StringLookup: lookUp,
  IntegerLookup: lookUp,
  Hashing: lookUp,
  Discretization: lookUp,
  CategoryEncoding: categories,
};
